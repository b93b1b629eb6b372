package norikv.kv;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import java.util.stream.Collectors;
import norikv.bytes.Bytes;
import norikv.bytes.Xxh64;
import norikv.domain.Limits;
import norikv.domain.NoriException;
import norikv.domain.Once;
import norikv.domain.Precondition;
import norikv.domain.Request;
import norikv.domain.Session;
import norikv.domain.Version;
import org.junit.jupiter.api.Test;

/// Commands of the log to bytes and back. The golden vectors are those of `wire/files.md`.
final class EntryFormatTest {
    private static final Path VECTORS = Path.of("wire", "vectors");
    private static final OnceTerms TERMS = OnceTerms.defaults();
    private static final Bytes KEY = Bytes.utf8("user:42");

    @Test
    void commandsAreTheVectorsByteForByte() throws IOException {
        assertVector("put", put(KEY, Bytes.utf8("Ada"), Request.Put.NO_TTL, Precondition.NONE));
        assertVector(
                "put-ttl-if-absent",
                put(Bytes.utf8("k"), Bytes.EMPTY, 3_600_000, Precondition.IF_ABSENT));
        assertVector(
                "put-if-version",
                put(
                        Bytes.utf8("k"),
                        Bytes.hex("00ff"),
                        Request.Put.NO_TTL,
                        new Precondition.IfVersion(new Version(3, 300))));
        assertVector("delete", new Request.Delete(KEY, Precondition.NONE));
        assertVector(
                "delete-if-version",
                new Request.Delete(KEY, new Precondition.IfVersion(new Version(1, 7))));
        var session = new Session(Bytes.utf8("s"), 300, 298, 1_735_689_600_000L);
        assertVector(
                "put-once",
                put(Bytes.utf8("k"), Bytes.hex("00ff"), Request.Put.NO_TTL, Precondition.NONE)
                        .with(new Once(session, Bytes.utf8("n"))));
        assertEquals(vector("time"), EntryFormat.TIME);
        assertEquals(new Entry.Time(), EntryFormat.decode(vector("time")));
    }

    @Test
    void theEmptyCommandBeginsATerm() {
        assertEquals(new Entry.TermStart(), EntryFormat.decode(Bytes.EMPTY));
    }

    @Test
    void everyWriteComesBackAsItWas() {
        Seeds.each(
                200,
                seed -> {
                    var random = new Random(seed);
                    Request.Single write = anyWrite(random);
                    assertEquals(entryOf(write), EntryFormat.decode(encode(write)));
                });
    }

    @Test
    void theLargestWriteFits() {
        var put =
                put(
                        Bytes.wrap(new byte[Limits.KEY_BYTES_MAX]),
                        Bytes.wrap(new byte[Limits.VALUE_BYTES_MAX]),
                        Limits.TTL_MILLIS_MAX,
                        new Precondition.IfVersion(new Version(Long.MAX_VALUE, Long.MAX_VALUE)));

        assertEquals(entryOf(put), EntryFormat.decode(encode(put)));
    }

    @Test
    void anUnknownFormatKindOrTagStops() {
        assertBroken("0201", "format");
        assertBroken("0104", "kind");
        assertBroken("0100", "kind");
        assertBroken("0102" + "01016b" + "0800", "tag");
        assertBroken("0102" + "0000" + "01016b", "tag");
    }

    @Test
    void fieldsThatAreTwiceTogetherOrMisplacedStop() {
        assertBroken("0102" + "01016b" + "01016b", "tag");
        assertBroken("0101" + "020176" + "01016b", "tag");
        assertBroken("0102" + "01016b" + "0400" + "05020107", "conditions");
        assertBroken("0102" + "01016b" + "020176", "delete");
        assertBroken("0102" + "01016b" + "03010a", "delete");
        assertBroken("0103" + "01016b", "time");
        assertBroken("0101" + "01016b", "put");
        assertBroken("0101" + "01016b" + "0200" + "030100", "ttl");
        assertBroken("0101" + "01016b" + "0200" + "03020a0a", "ttl");
        assertBroken("0102" + "01016b" + "040100", "if_absent");
        assertBroken("0102" + "01016b" + "050107", "if_version");
        assertBroken("0102" + "01016b" + "0603" + "000100", "session");
        assertBroken("0102" + "01016b" + "0604" + "01aa0100", "session");
        assertBroken("0102" + "01016b" + "0607" + "01aa8101000000", "session");
        assertBroken("0102" + "01016b" + "0705" + "0011223344", "idempotency");
        assertBroken("0102" + "01016b" + "070a" + "0011223344556677" + "0a0a", "idempotency");
    }

    /// Logs of before sessions had bounds are applied as they were then.
    @Test
    void anEntryWithoutBoundsForSessionsHasNone() {
        Bytes command = Bytes.hex("0102" + "01016b" + "060501aa010005");
        var entry = (Entry.Delete) EntryFormat.decode(command);

        var none = new SessionTerms(SessionTerms.SHARD_COUNT_MAX, SessionTerms.SHARD_BYTES_MAX);
        assertEquals(
                new Numbered(new Session(Bytes.hex("aa"), 1, 0, 5), none), entry.numbered());
    }

    @Test
    void aCommandOutsideOfTheLimitsStops() {
        assertBroken("0101" + "0200", "key");
        assertBroken("0102", "key");
    }

    /// Random, cut and flipped bytes are decoded or refused, and nothing else.
    @Test
    void garbageIsRefusedAsBroken() {
        Seeds.each(
                20_000,
                seed -> {
                    var random = new Random(seed);
                    byte[] bytes = encode(anyWrite(random)).toByteArray();
                    int flips = random.nextInt(4);
                    for (int i = 0; i < flips; i++) {
                        bytes[random.nextInt(bytes.length)] ^= (byte) (1 << random.nextInt(8));
                    }
                    boolean isCut = random.nextInt(4) == 0;
                    int length = isCut ? random.nextInt(bytes.length) : bytes.length;
                    decodeOrBroken(Bytes.wrap(bytes, 0, length));
                });
    }

    private static void decodeOrBroken(Bytes command) {
        try {
            EntryFormat.decode(command);
        } catch (NoriException.Broken e) {
            assertTrue(e.getMessage().startsWith("entry: "), e::getMessage);
        }
    }

    static Request.Single anyWrite(Random random) {
        Bytes key = anyBytes(random, 1 + random.nextInt(40));
        Precondition condition =
                switch (random.nextInt(3)) {
                    case 0 -> Precondition.NONE;
                    case 1 -> Precondition.IF_ABSENT;
                    default ->
                            new Precondition.IfVersion(
                                    new Version(
                                            random.nextLong(1, 1L << 40),
                                            random.nextLong(1, 1L << 50)));
                };
        if (random.nextInt(3) == 0) {
            return new Request.Delete(key, condition, anyOnce(random));
        }
        long ttl = random.nextBoolean() ? Request.Put.NO_TTL : random.nextLong(1, 1L << 41);
        return put(key, anyBytes(random, random.nextInt(300)), ttl, condition)
                .with(anyOnce(random));
    }

    private static Once anyOnce(Random random) {
        Bytes name =
                random.nextBoolean()
                        ? Bytes.EMPTY
                        : anyBytes(random, 1 + random.nextInt(Once.KEY_BYTES_MAX));
        if (random.nextBoolean()) {
            return new Once(Session.NONE, name);
        }
        Bytes id = anyBytes(random, 1 + random.nextInt(Session.ID_BYTES_MAX));
        long before = random.nextLong(1L << 40);
        long sequence = before + 1 + random.nextInt(Session.OPEN_MAX);
        return new Once(new Session(id, sequence, before, random.nextLong(1L << 50)), name);
    }

    private static Bytes anyBytes(Random random, int length) {
        byte[] bytes = new byte[length];
        random.nextBytes(bytes);
        return Bytes.wrap(bytes);
    }

    private static Request.Put put(Bytes key, Bytes value, long ttl, Precondition condition) {
        return new Request.Put(key, value, ttl, condition);
    }

    private static Bytes encode(Request.Single write) {
        return EntryFormat.encode((Request.Write) write, TERMS);
    }

    /// The hash of the command without what it is known by.
    private static Keyed keyedOf(Request.Single write, Once once) {
        if (once.idempotencyKey().isEmpty()) {
            return Keyed.NONE;
        }
        Bytes bare = EntryFormat.encode(((Request.Write) write).with(Once.NONE), TERMS);
        return new Keyed(once.idempotencyKey(), Xxh64.hash(bare, 0), TERMS.keys());
    }

    private static Numbered numberedOf(Once once) {
        return once.session().isNone()
                ? Numbered.NONE
                : new Numbered(once.session(), TERMS.sessions());
    }

    private static Entry entryOf(Request.Single write) {
        return switch (write) {
            case Request.Put(Bytes key, Bytes value, long ttl, var condition, var once) ->
                    new Entry.Put(
                            key, value, ttl, condition, numberedOf(once), keyedOf(write, once));
            case Request.Delete(Bytes key, Precondition condition, var once) ->
                    new Entry.Delete(key, condition, numberedOf(once), keyedOf(write, once));
            case Request.Get _ -> throw new AssertionError(write);
        };
    }

    private static void assertVector(String name, Request.Write write) throws IOException {
        assertEquals(vector(name).toHex(), encode(write).toHex(), name);
        assertEquals(entryOf(write), EntryFormat.decode(vector(name)), name);
    }

    private static void assertBroken(String hex, String place) {
        var e = assertThrows(NoriException.Broken.class, () -> EntryFormat.decode(Bytes.hex(hex)));
        assertTrue(e.getMessage().contains(place), e::getMessage);
    }

    private static Bytes vector(String name) throws IOException {
        String hex =
                Files.readAllLines(VECTORS.resolve("entry-" + name + ".hex")).stream()
                        .filter(line -> !line.startsWith("#"))
                        .collect(Collectors.joining());
        return Bytes.hex(hex);
    }
}
