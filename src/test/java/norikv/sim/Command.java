package norikv.sim;

import norikv.bytes.ByteReader;
import norikv.bytes.ByteWriter;
import norikv.bytes.Bytes;
import norikv.domain.Version;

/// A write as it stands in the log.
///
/// @param token never used twice; also the value that it writes
/// @param expect for [Kind#CAS]: the version that the key must have, index 0 for none
record Command(Kind kind, int key, long token, Version expect) {
    /// What a write does.
    enum Kind {
        PUT,
        DELETE,
        CAS
    }

    Bytes encode(int padding) {
        return new ByteWriter(32, 1 << 10)
                .u8(kind.ordinal())
                .varint(key)
                .varint(token)
                .varint(expect.term())
                .varint(expect.index())
                .bytes(Bytes.wrap(new byte[padding]))
                .toBytes();
    }

    static Command decode(Bytes command) {
        ByteReader in = ByteReader.of(command);
        Kind kind = Kind.values()[in.u8()];
        return new Command(
                kind, (int) in.varint(), in.varint(), new Version(in.varint(), in.varint()));
    }
}
