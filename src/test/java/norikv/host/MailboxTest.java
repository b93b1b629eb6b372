package norikv.host;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import norikv.bytes.Bytes;
import norikv.domain.NoriException;
import norikv.domain.ShardId;
import norikv.domain.Version;
import norikv.port.ReplicatedLog;
import org.junit.jupiter.api.Test;

/// What many put in, one takes out: each once, the messages of each thread in their order.
final class MailboxTest {
    private final Mailbox mailbox = new Mailbox();
    private final ArrayDeque<HostMessage> taken = new ArrayDeque<>();

    @Test
    void theFirstWakesAndTheOthersDoNot() {
        assertEquals(Mailbox.Put.FIRST, mailbox.put(message(0, 0, 1)));
        assertEquals(Mailbox.Put.BEHIND, mailbox.put(message(0, 1, 1)));
        mailbox.drainTo(taken);
        assertEquals(2, taken.size());

        assertEquals(Mailbox.Put.FIRST, mailbox.put(message(0, 2, 1)));
    }

    @Test
    void itIsBoundedInNumberAndBytesButNotForTheNodeItself() {
        for (int i = 0; i < Mailbox.MESSAGES_MAX; i++) {
            mailbox.put(message(0, i, 1));
        }
        assertEquals(Mailbox.Put.FULL, mailbox.put(message(0, 0, 1)));
        assertEquals(Mailbox.Put.BEHIND, mailbox.put(new HostMessage.Closed()));
        mailbox.drainTo(taken);
        int large = 1 << 20;
        for (int i = 0; i < 127; i++) {
            mailbox.put(message(0, i, large));
        }
        assertEquals(Mailbox.Put.FULL, mailbox.put(message(0, 0, large)));
    }

    @Test
    void afterItIsClosedNothingIsTaken() {
        mailbox.put(message(0, 0, 1));
        mailbox.close(new HostMessage.Closed(), taken);

        assertEquals(1, taken.size());
        assertEquals(Mailbox.Put.CLOSED, mailbox.put(message(0, 1, 1)));
    }

    @Test
    void manyThreadsLoseNothingAndKeepTheirOrder() throws InterruptedException {
        int threads = 4;
        int each = 20_000;
        List<Thread> putters = new ArrayList<>();
        for (int t = 0; t < threads; t++) {
            int number = t;
            putters.add(
                    new Thread(
                            () -> {
                                for (int i = 0; i < each; i++) {
                                    HostMessage message = message(number, i, 1);
                                    while (mailbox.put(message) == Mailbox.Put.FULL) {
                                        Thread.onSpinWait();
                                    }
                                }
                            }));
        }
        putters.forEach(Thread::start);
        int[] next = new int[threads];
        int count = 0;
        while (count < threads * each) {
            mailbox.drainTo(taken);
            for (HostMessage m = taken.poll(); m != null; m = taken.poll()) {
                var numbered = (Numbered) ((HostMessage.Propose) m).proposal;
                assertEquals(next[numbered.thread]++, numbered.number);
                count++;
            }
        }
        for (Thread putter : putters) {
            putter.join();
        }
        assertEquals(0, taken.size());
    }

    private static HostMessage message(int thread, int number, int bytes) {
        return new HostMessage.Propose(REPLICA, new Numbered(thread, number, bytes));
    }

    private static final Replica REPLICA =
            new HostRig(1).replica();

    /// A proposal that is only counted.
    private record Numbered(int thread, int number, int bytes) implements ReplicatedLog.Proposal {
        @Override
        public ShardId shard() {
            return new ShardId(0);
        }

        @Override
        public Bytes command() {
            return Bytes.wrap(BYTES, 0, bytes);
        }

        @Override
        public void appended(Version at) {}

        @Override
        public void refused(NoriException reason) {}
    }

    private static final byte[] BYTES = new byte[1 << 20];
}
