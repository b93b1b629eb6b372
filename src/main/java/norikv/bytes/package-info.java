/// Byte strings, raw memory and the small codecs that everything else is written with.
///
/// Read [norikv.bytes.Bytes], then [norikv.bytes.ByteWriter] with [norikv.bytes.ByteReader], then
/// [norikv.bytes.Region]. Nothing here knows what the bytes mean, and nothing here does I/O.
package norikv.bytes;
