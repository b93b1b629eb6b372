package norikv.it;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import norikv.bytes.Bytes;
import norikv.client.Batch;
import norikv.client.DeleteOptions;
import norikv.client.Norikv;
import norikv.client.PutOptions;
import norikv.domain.NoriException;
import norikv.domain.Reply;
import norikv.domain.Version;

/// A caller that writes its own keys in every way there is, reads them in between, and keeps a
/// [Ledger] of what it was told.
final class LedgerWriter {
    private static final int BATCH_MAX = 16;

    private final Ledger ledger;
    private final Random random;
    private long number = Ledger.ABSENT;
    private Throwable harm; // null while all is as it should be

    LedgerWriter(String prefix, int keys, long seed) {
        this.ledger = new Ledger(prefix, keys);
        this.random = new Random(seed);
    }

    Ledger ledger() {
        return ledger;
    }

    /// Writes until the node is gone, and counts down with each acknowledged operation.
    void writeUntilLost(Norikv client, CountDownLatch left) {
        try {
            boolean goesOn = true;
            while (goesOn) {
                goesOn = random.nextInt(4) == 0 ? writeBatch(client) : writeOne(client);
                left.countDown();
            }
        } catch (NoriException.Indeterminate | NoriException.Unavailable lost) {
            // a read of a node that was killed
        } catch (RuntimeException | AssertionError e) {
            harm = e;
        } finally {
            while (left.getCount() > 0) {
                left.countDown(); // nobody waits for writes that will not come
            }
        }
    }

    void mustBeUnharmed() {
        if (harm != null) {
            throw new AssertionError(harm.getMessage(), harm);
        }
    }

    /// Reads all keys one by one and compares.
    void check(Norikv client) {
        for (int key = 0; key < ledger.size(); key++) {
            ledger.check(key, client.get(ledger.key(key)).orElse(null));
        }
    }

    private int anyKey() {
        return random.nextInt(ledger.size());
    }

    /// @return whether the node still answers
    private boolean writeOne(Norikv client) {
        int key = anyKey();
        try {
            switch (random.nextInt(8)) {
                case 0 -> delete(client, key);
                case 1 -> ledger.check(key, client.get(ledger.key(key)).orElse(null));
                case 2, 3 -> put(client, key, onlyIfAsKnown(key));
                default -> put(client, key, PutOptions.defaults());
            }
            return true;
        } catch (NoriException.Overloaded refused) {
            ledger.refused(key);
            return true;
        } catch (NoriException.Indeterminate unknown) {
            return false;
        } catch (NoriException.Unavailable refused) {
            ledger.refused(key);
            return false;
        }
    }

    private PutOptions onlyIfAsKnown(int key) {
        return ledger.isLive(key)
                ? PutOptions.defaults().withIfVersion(ledger.version(key))
                : PutOptions.defaults().withIfAbsent();
    }

    private void put(Norikv client, int key, PutOptions how) {
        ledger.issued(key, ++number);
        Version at = client.put(ledger.key(key), ledger.value(key, number), how);
        ledger.acknowledged(key, at);
    }

    private void delete(Norikv client, int key) {
        boolean wasLive = ledger.isLive(key);
        ledger.issued(key, Ledger.ABSENT);
        Reply.Deleted deleted = client.delete(ledger.key(key));
        assertEquals(wasLive, deleted.existed(), "existed");
        ledger.acknowledged(key, deleted.at());
    }

    /// @return whether the node still answers
    private boolean writeBatch(Norikv client) {
        Set<Integer> distinct = new HashSet<>();
        for (int i = 2 + random.nextInt(BATCH_MAX - 1); i > 0; i--) {
            distinct.add(anyKey());
        }
        List<Integer> keys = new ArrayList<>(distinct);
        Batch batch = client.batch();
        for (int key : keys) {
            Bytes name = ledger.key(key);
            if (random.nextInt(4) == 0) {
                ledger.issued(key, Ledger.ABSENT);
                batch.delete(name, DeleteOptions.defaults());
            } else {
                ledger.issued(key, ++number);
                batch.put(name, ledger.value(key, number), PutOptions.defaults());
            }
        }
        List<Reply> replies;
        try {
            replies = batch.execute();
        } catch (NoriException.Indeterminate unknown) {
            return false;
        } catch (NoriException.Unavailable refused) {
            keys.forEach(ledger::refused);
            return false;
        }
        boolean goesOn = true;
        for (int i = 0; i < keys.size(); i++) {
            goesOn &= take(keys.get(i), replies.get(i));
        }
        return goesOn;
    }

    /// @return whether the node still answers
    private boolean take(int key, Reply reply) {
        switch (reply) {
            case Reply.Written(var at) -> ledger.acknowledged(key, at);
            case Reply.Deleted(_, var at) -> ledger.acknowledged(key, at);
            case Reply.Failed(var code, _, _, _) -> {
                if (code.isIndeterminate()) {
                    return false;
                }
                ledger.refused(key);
            }
            default -> throw new AssertionError("an answer to a write, got " + reply);
        }
        return true;
    }
}
