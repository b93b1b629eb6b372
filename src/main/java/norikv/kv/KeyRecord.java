package norikv.kv;

import norikv.bytes.ByteReader;
import norikv.bytes.ByteWriter;
import norikv.bytes.Bytes;
import norikv.domain.Reply;

/// What a shard remembers of the write that an idempotency key stands for.
///
/// ```
/// record = format u8 (1), fingerprint u64, outcome
/// ```
///
/// **Source.** `wire/files.md`.
record KeyRecord(long fingerprint, Reply outcome) {
    private static final int FORMAT = 1;

    static KeyRecord decode(Bytes value) {
        var in = ByteReader.of(value);
        int format = in.u8();
        long fingerprint = in.i64();
        if (format != FORMAT || in.overrun()) {
            throw OutcomeFormat.broken("a key of format 1, got another or a cut one");
        }
        Reply outcome = OutcomeFormat.decode(in);
        if (in.remaining() > 0) {
            throw OutcomeFormat.broken("a key that is whole, got a longer one");
        }
        return new KeyRecord(fingerprint, outcome);
    }

    Bytes encode() {
        var out = new ByteWriter(32).u8(FORMAT).i64(fingerprint);
        OutcomeFormat.encode(out, outcome);
        return out.toBytes();
    }
}
