package norikv.domain;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.SplittableRandom;
import norikv.bytes.Bytes;
import norikv.bytes.HashVectors;
import org.junit.jupiter.api.Test;

/// Key to shard, as every client in every language computes it.
final class ShardingTest {
    private static final HashVectors VECTORS = HashVectors.read();
    private static final long SEED = Long.getLong("seed", 20_250_104L);

    @Test
    void everyKeyOfTheVectorsHasItsShard() {
        for (HashVectors.Row row : VECTORS.rows("key_hash_vectors")) {
            Bytes key = Bytes.hex(row.text("key_hex"));
            assertEquals(key, Bytes.utf8(row.text("key")), row::text);
            assertEquals(row.number("shard_1024"), shard(1024, key), row::text);
            assertEquals(row.number("shard_256"), shard(256, key), row::text);
        }
    }

    @Test
    void everyLengthOfTheVectorsHasItsShard() {
        for (HashVectors.Row row : VECTORS.rows("rows")) {
            Bytes key = Bytes.wrap(HashVectors.ascending(row.number("length")));
            assertEquals(row.number("shard_1024"), shard(1024, key), row::text);
        }
    }

    @Test
    void everyHashOfTheVectorsHasItsBucket() {
        List<HashVectors.Row> rows = VECTORS.rows("jump_hash_vectors");
        assertEquals(7, rows.size());
        for (HashVectors.Row row : rows) {
            long hash = Long.parseUnsignedLong(row.text("hash"));
            assertEquals(row.number("buckets_100"), Sharding.jump(hash, 100), row::text);
            assertEquals(row.number("buckets_1024"), Sharding.jump(hash, 1024), row::text);
        }
    }

    @Test
    void theBorderHashesHaveTheirBuckets() {
        int[] buckets = {1, 2, 3, 10, 100, 1024, 65_536};
        List<HashVectors.Row> rows = VECTORS.rows("jump_boundary_vectors");
        assertEquals(6, rows.size());
        for (HashVectors.Row row : rows) {
            long hash = Long.parseUnsignedLong(row.text("hash"));
            int[] expected = row.numbers("buckets_1_2_3_10_100_1024_65536");
            for (int i = 0; i < buckets.length; i++) {
                assertEquals(expected[i], Sharding.jump(hash, buckets[i]), row::text);
            }
        }
    }

    @Test
    void moreKeysThatOtherClientsAgreeOn() {
        assertEquals(717, shard(1024, Bytes.utf8("user:42")));
        assertEquals(677, shard(1024, Bytes.utf8("order:456")));
        assertEquals(241, shard(1024, Bytes.utf8("product:xyz")));
        assertEquals(163, shard(1024, Bytes.utf8("inventory:widget-1")));
        assertEquals(427, shard(1024, Bytes.utf8("cache:foo")));
        assertEquals(897, shard(1024, Bytes.utf8("hello world")));
    }

    @Test
    void aKeyMovesOnlyToTheNewBucketWhenThereIsOneMore() {
        var random = new SplittableRandom(SEED);
        for (int i = 0; i < 20_000; i++) {
            long hash = random.nextLong();
            int buckets = 1 + random.nextInt(2000);
            int before = Sharding.jump(hash, buckets);
            int after = Sharding.jump(hash, buckets + 1);

            assertTrue(before >= 0 && before < buckets);
            assertTrue(after == before || after == buckets, () -> hash + " " + buckets);
        }
    }

    @Test
    void theNumberOfShardsHasLimits() {
        for (int shards : new int[] {0, -1, 65_537}) {
            var thrown = assertThrows(NoriException.Malformed.class, () -> new Sharding(shards));
            assertEquals(ErrorCode.INVALID_ARGUMENT, thrown.code());
            assertTrue(thrown.getMessage().contains("65536, got " + shards));
        }
        assertEquals(0, shard(1, Bytes.utf8("a")));
        assertTrue(shard(65_536, Bytes.utf8("a")) < 65_536);
    }

    private static int shard(int totalShards, Bytes key) {
        return new Sharding(totalShards).shardOf(key).number();
    }
}
