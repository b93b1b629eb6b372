package norikv.sim;

import java.util.ArrayList;
import java.util.List;
import norikv.raft.RaftOptions;

/// What a seed's world is like: how large, how fast, which troubles and how much of each. Each kind
/// of trouble is there in a part of the worlds only, because all at once hide each other.
final class Plan {
    static final long MILLI = 1_000_000;

    /// The kinds of trouble that [Strikes] makes.
    static final List<String> STRIKES =
            List.of(
                    "crash", "torn", "reboot", "partition", "oneway", "isolate", "flap", "pause",
                    "suspend", "jump", "drift", "slowdisk", "eio", "transfer", "lag");

    /// The kinds of trouble that [Rifts] makes.
    static final List<String> RIFTS = List.of("chasm", "handover", "sleep", "echo", "deaddisk");

    /// The kinds of trouble that [Feuds] makes.
    static final List<String> FEUDS = List.of("hush");

    /// The kinds of trouble that [Grudges] makes.
    static final List<String> GRUDGES = List.of("glimpse", "stray");

    final Profile profile;

    /// Whether the world is of that profile.
    final boolean rift;

    final boolean feud;

    /// What it is about if its profile is [Profile#GRUDGE].
    final Grudges.Theme theme;

    final int nodes;
    final int groups;
    final int clients;
    final int keys;
    final long chaosNanos;
    final long healedNanosMax;
    final double loss;
    final double duplicates;
    final double lateness;
    final long lateNanos;
    final long linkNanos;
    final boolean codec;
    final long diskNanos;
    final double diskSpikes;
    final long applyNanos;
    final long passNanos;
    final long thinkNanos;
    final long answerNanos;
    final double answersLost;
    final long strikeNanos;
    final int bursts;
    final List<String> strikes = new ArrayList<>();
    final long changeNanos;
    final boolean wipes;
    final long flushNanos;
    final long keepEntries;
    final int cacheBytes;
    final double driftMax;
    final int readPercent;
    final RaftOptions options;
    final boolean leaseHolds;
    final long operationsMax;

    Plan(long seed, Profile profile, Limits limits, long chaosNanosWanted) {
        Dice dice = new Dice(seed ^ 0x5157_A4B1L);
        this.profile = profile;
        boolean lite = profile == Profile.LITE;
        boolean wild = profile == Profile.CLOCK;
        rift = profile == Profile.RIFT;
        feud = profile == Profile.FEUD;
        theme = profile == Profile.GRUDGE ? drawTheme(dice) : Grudges.Theme.NONE;
        boolean staged = rift || feud || isGrudge();
        boolean three = rift || isGrudge() && !theme.changes();
        nodes = Math.min(limits.nodesMax(), three ? 3 : drawNodes(dice, staged));
        boolean one = staged || dice.oneIn(2);
        groups = Math.min(limits.groupsMax(), one ? 1 : dice.between(2, 4));
        clients = rift ? dice.between(1, 3) : dice.between(2, 8);
        keys = dice.between(1, 6);
        chaosNanos = chaosNanosWanted;
        options = drawOptions(dice, rift || isGrudge());
        healedNanosMax = Math.max(20_000 * MILLI, 16 * options.electionMaxNanos());
        boolean quiet = lite || rift || isGrudge() || feud && !dice.oneIn(3);
        loss = some(dice, limits, "loss", quiet ? 0.01 : 0.3);
        duplicates = some(dice, limits, "duplicates", quiet ? 0.02 : 0.4);
        lateness = some(dice, limits, "lateness", quiet ? 0.01 : 0.15);
        lateNanos = dice.between(20 * MILLI, 3 * options.electionMaxNanos());
        linkNanos =
                !quiet && dice.oneIn(5) || lite && dice.oneIn(5)
                        ? dice.between(1, 10) * options.heartbeatNanos() / 20
                        : dice.between(50_000, 2 * MILLI);
        codec = dice.oneIn(10) & limits.allows("codec");
        diskNanos =
                !(staged && quiet) && dice.oneIn(3)
                        ? dice.between(5, 60) * options.heartbeatNanos() / 40
                        : dice.between(20_000, 4 * MILLI);
        diskSpikes = some(dice, limits, "spikes", 0.02);
        applyNanos = dice.oneIn(4) ? dice.between(5, 100) * MILLI : dice.between(1000, MILLI);
        passNanos = dice.oneIn(3) ? dice.between(50_000, options.heartbeatNanos() / 20) : 0;
        thinkNanos = drawThought(dice, rift || feud && dice.oneIn(2));
        answerNanos = dice.between(50_000, 5 * MILLI);
        answersLost = some(dice, limits, "answers", 0.1);
        long elections = options.electionMaxNanos();
        strikeNanos =
                (lite ? 10 : staged ? 2 : 1)
                        * (staged || !dice.oneIn(3)
                                ? dice.between(elections / 8, elections)
                                : dice.between(elections / 2, 8 * elections));
        bursts = !rift && dice.oneIn(2) && limits.allows("bursts") ? dice.between(1, 8) : 0;
        drawStrikes(dice, limits, quiet);
        changeNanos = drawChanges(dice, limits);
        wipes = dice.oneIn(3);
        flushNanos = dice.between(50, feud ? 400 : isGrudge() ? 150 : 3000) * MILLI;
        boolean truncates =
                (feud || theme == Grudges.Theme.OLD_SNAPSHOTS || dice.oneIn(2))
                        && limits.allows("truncate");
        keepEntries = truncates ? dice.below(8) : 1L << 40;
        cacheBytes = dice.oneIn(4) ? dice.below(3) * 8_000 : 1 << 18;
        driftMax = wild ? dice.between(5, 40) / 100.0 : dice.oneIn(4) ? 0 : 0.0095;
        readPercent = dice.between(10, 80) + (theme == Grudges.Theme.SCHISM ? 19 : 0);
        leaseHolds = !wild;
        operationsMax = limits.operationsMax();
    }

    boolean isGrudge() {
        return theme != Grudges.Theme.NONE;
    }

    /// {@return whether leaders make themselves the only voter, and everybody one again}
    boolean tugs() {
        return feud || theme == Grudges.Theme.SCHISM;
    }

    private static Grudges.Theme drawTheme(Dice dice) {
        Grudges.Theme[] all = Grudges.Theme.values();
        return all[1 + dice.below(all.length - 1)];
    }

    private long drawChanges(Dice dice, Limits limits) {
        boolean changes = isGrudge() ? theme.changes() : feud || dice.oneIn(2);
        long elections = options.electionMaxNanos();
        long most = feud || isGrudge() ? elections / 2 : 2 * elections;
        return changes && limits.allows("changes") ? dice.between(elections / 20, most) : 0;
    }

    private void drawStrikes(Dice dice, Limits limits, boolean quiet) {
        if (isGrudge()) {
            theme.strikes().stream().filter(limits::allows).forEach(strikes::add);
            return;
        }
        if (feud && limits.allows("hush")) {
            strikes.addAll(List.of("hush", "hush", "hush"));
        }
        if (feud && quiet) {
            return;
        }
        for (String kind : rift ? RIFTS : STRIKES) {
            boolean has = dice.oneIn(2);
            if (has && limits.allows(kind)) {
                strikes.add(kind);
            }
        }
        if (rift) {
            return;
        }
        // Worlds in which leaders come and go at every moment find the most.
        if (limits.allows("isolate") && profile != Profile.LITE && dice.oneIn(2)) {
            strikes.addAll(List.of("isolate", "isolate", "isolate"));
        }
        if (limits.allows("transfer") && profile != Profile.LITE && dice.oneIn(4)) {
            strikes.addAll(List.of("transfer", "transfer", "oneway", "lag"));
        }
    }

    private long drawThought(Dice dice, boolean slow) {
        return slow
                ? dice.between(1, 12) * options.electionMaxNanos() / 4
                : feud || isGrudge() || dice.oneIn(3)
                        ? dice.between(1, 10) * MILLI
                        : dice.between(5, 120) * MILLI;
    }

    private static int drawNodes(Dice dice, boolean many) {
        int choice = many ? dice.between(4, 7) : dice.below(10);
        return choice < 5 ? 3 : choice < 8 ? 5 : choice == 8 ? 4 : dice.between(6, 7);
    }

    private static double some(Dice dice, Limits limits, String kind, double most) {
        double drawn = dice.oneIn(2) ? 0 : dice.fraction() * most;
        return limits.allows(kind) ? drawn : 0;
    }

    private static RaftOptions drawOptions(Dice dice, boolean rift) {
        RaftOptions base = RaftOptions.defaults();
        long heartbeat = !rift && dice.oneIn(5) ? 150 * MILLI : dice.between(10, 50) * MILLI;
        long electionMin = heartbeat * (dice.oneIn(3) ? dice.between(4, 8) : 4);
        long electionMax = electionMin + heartbeat * dice.between(1, dice.oneIn(3) ? 8 : 3);
        long leaseMax =
                RaftOptions.leaseNanosMax(electionMin, base.driftPpm(), base.slackNanos());
        long lease = dice.oneIn(5) ? 0 : dice.oneIn(2) ? leaseMax : dice.below(leaseMax);
        lease = rift ? leaseMax : lease;
        int message = dice.oneIn(2) ? dice.between(1, 300) : dice.between(300, 4000);
        return base.withTimes(heartbeat, electionMin, electionMax, lease)
                .withWindow(message, dice.between(1, 12), dice.between(200, 8000))
                .withBounds(
                        dice.between(800, 12_000),
                        1000,
                        dice.between(1, 3000),
                        dice.between(4, 64));
    }
}
