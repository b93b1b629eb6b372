/// A durable key-value server and its Java client, in one module that needs nothing but the JDK.
module norikv {}
