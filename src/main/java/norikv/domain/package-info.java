/// The words of the product: who, where, what is asked, what is answered, what may fail.
///
/// Read [norikv.domain.Request], then [norikv.domain.Reply], then [norikv.domain.NoriException]
/// with [norikv.domain.ErrorCode].
package norikv.domain;
