package norikv.sim;

import java.util.Optional;
import norikv.bytes.ByteReader;
import norikv.bytes.ByteWriter;
import norikv.domain.NoriException;
import norikv.raft.Message;
import norikv.raft.MessageCodec;

/// Carries messages between machines, badly: loses, doubles, delays and so reorders them; links may
/// be cut, each direction for itself. In some worlds every message goes through its bytes, some of
/// which are broken.
///
/// **Limits.** [#IN_FLIGHT_MAX] messages are on their way; more are lost.
final class Network {
    static final int IN_FLIGHT_MAX = 20_000;

    private static final int CORRUPT_ONE_IN = 50;

    private final World world;
    private final Dice dice;
    private final boolean[][] cut;
    private final long[][] slow;
    private final ByteWriter buffer = new ByteWriter(256);
    private int inFlight;
    private boolean isHealed;
    private boolean comesAndGoes;
    long lost;

    Network(World world, Dice dice, int machines) {
        this.world = world;
        this.dice = dice;
        cut = new boolean[machines + 1][machines + 1];
        slow = new long[machines + 1][machines + 1];
    }

    /// {@return the machine that a replica lives on}
    static int machineOf(long replica) {
        return (int) (replica % 100);
    }

    void cut(int from, int to, boolean isCut) {
        cut[from][to] = isCut;
    }

    /// {@return which links are cut}
    String describe() {
        StringBuilder text = new StringBuilder("cut:");
        for (int from = 1; from < cut.length; from++) {
            for (int to = 1; to < cut.length; to++) {
                if (cut[from][to]) {
                    text.append(" %d>%d".formatted(from, to));
                }
            }
        }
        return text.toString();
    }

    /// Adds to the time that messages from one machine to another take.
    void slow(int from, int to, long nanos) {
        slow[from][to] = nanos;
    }

    /// From now on those who are well reach each other; to each of the others at least one
    /// direction is cut.
    void heal() {
        isHealed = true;
        for (Machine ill : world.machines()) {
            int way = dice.below(4);
            if (way == 3 && !ill.isCore) {
                comeAndGo(ill, false);
            }
            for (Machine well : world.machines()) {
                if (well.isCore) {
                    boolean isAway = !ill.isCore;
                    cut[ill.id][well.id] = isAway && way != 1;
                    cut[well.id][ill.id] = isAway && way != 2;
                    slow[well.id][ill.id] = 0;
                    slow[ill.id][well.id] = 0;
                }
            }
        }
    }

    /// {@return for how long it must stay well in the end, in times of an election} Who comes and
    /// goes does so five times in that.
    int calmElections() {
        return comesAndGoes ? 12 : 1;
    }

    /// One that is ill is reachable at times, too short to be elected, and away long enough to be
    /// deposed: it must disturb nobody.
    private void comeAndGo(Machine ill, boolean isThere) {
        comesAndGoes = true;
        for (Machine well : world.machines()) {
            if (well.isCore) {
                cut[ill.id][well.id] = !isThere;
                cut[well.id][ill.id] = !isThere;
            }
        }
        var options = world.plan.options;
        long nanos = isThere ? options.electionMinNanos() / 2 : 2 * options.electionMaxNanos();
        world.plan(
                nanos, Happening.ofWorld("comeandgo", () -> comeAndGo(ill, !isThere)));
    }

    void send(Machine from, Message message, Optional<Table> snapshot) {
        int to = machineOf(message.head().to());
        if (to == from.id || to >= cut.length) {
            return;
        }
        boolean isWell = isHealed && from.isCore && world.machine(to).isCore;
        Plan plan = world.plan;
        if (cut[from.id][to] || inFlight >= IN_FLIGHT_MAX) {
            lost++;
            return;
        }
        if (!isWell && dice.hit(plan.duplicates)) {
            carry(from, to, message, snapshot, isWell);
        }
        if (!isWell && dice.hit(plan.loss)) {
            lost++;
        } else {
            carry(from, to, message, snapshot, isWell);
        }
    }

    private void carry(
            Machine from, int to, Message message, Optional<Table> snapshot, boolean isWell) {
        Optional<Message> arriving =
                world.plan.codec ? overTheWire(message, isWell) : Optional.of(message);
        if (arriving.isEmpty()) {
            lost++;
            return;
        }
        Plan plan = world.plan;
        long muffled = 0;
        if (!isWell && world.strikes.feuds().filter(f -> f.muffles(message)).isPresent()) {
            Feuds feuds = world.strikes.feuds().get();
            if (feuds.isLost()) {
                lost++;
                return;
            }
            muffled = feuds.lateNanos();
        }
        boolean isLate = !isWell && dice.hit(plan.lateness);
        long nanos =
                plan.linkNanos / 2
                        + dice.around(plan.linkNanos / 2)
                        + slow[from.id][to]
                        + muffled
                        + (isLate ? dice.below(plan.lateNanos) : 0);
        Optional<Grudges> grudges = isWell ? Optional.empty() : world.strikes.grudges();
        if (grudges.isPresent()) {
            grudges.get().carry(nanos, to, arriving.get(), snapshot);
        } else {
            launch(nanos, to, arriving.get(), snapshot);
        }
    }

    /// Lets a message come in after `nanos`.
    void launch(long nanos, int to, Message message, Optional<Table> snapshot) {
        inFlight++;
        world.plan(
                nanos,
                new Happening(
                        "deliver",
                        to,
                        Happening.ANY_LIFE,
                        (int) message.head().group(),
                        message,
                        () -> deliver(to, message, snapshot)));
    }

    private void deliver(int to, Message message, Optional<Table> snapshot) {
        inFlight--;
        world.machine(to).host().ifPresent(h -> h.receive(message, snapshot));
        world.strikes.grudges().ifPresent(g -> g.delivered(to, message));
    }

    /// {@return what comes out of the real codec, nothing if bytes were broken on the way}
    private Optional<Message> overTheWire(Message message, boolean isWell) {
        buffer.clear();
        MessageCodec.encode(buffer, message);
        byte[] bytes = buffer.toBytes().toByteArray();
        if (!isWell && dice.oneIn(CORRUPT_ONE_IN)) {
            bytes[dice.below(bytes.length)] ^= (byte) (1 << dice.below(8));
            try {
                MessageCodec.decode(new ByteReader(bytes, 0, bytes.length));
            } catch (NoriException.Malformed _) {
                // As it should; and where it reads, the checksum of the frame drops it.
            }
            return Optional.empty();
        }
        Message decoded = MessageCodec.decode(new ByteReader(bytes, 0, bytes.length));
        Violation.check(decoded.equals(message), "CODEC", "%s became %s", message, decoded);
        return Optional.of(decoded);
    }
}
