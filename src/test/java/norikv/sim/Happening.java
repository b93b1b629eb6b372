package norikv.sim;

/// Something that is going to happen in a world: the delivery of a message, a timer, the end of a
/// disk call, a step of a loop, an operation of a client, a fault.
///
/// @param what one word for the trace
/// @param machine where, or 0 for nowhere in particular
/// @param life in which life of that machine; it happens in no other
/// @param group about which group, or 0
/// @param about what the trace shows beside
record Happening(
        String what, int machine, int life, int group, Object about, Runnable action) {
    /// The life of what happens to a machine whether it is up or not.
    static final int ANY_LIFE = -1;

    static Happening ofWorld(String what, Runnable action) {
        return new Happening(what, 0, ANY_LIFE, 0, "", action);
    }
}
