package norikv.raft;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import norikv.bytes.Bytes;

/// Runs a scenario: a text of commands and of what comes out of them.
///
/// A line that begins with `> ` is a command; the lines behind it are its output; `#` begins a
/// comment. Nothing happens by itself but disks and state machines, unless `hold` says otherwise:
///
/// ```
/// > group 3 [learners 4 5]     replicas 1 to 3 vote
/// > tick 1                     lets time pass until 1 does something by itself, and ticks it
/// > wait 500                   lets milliseconds pass; nobody notices
/// > sleep 500                  suspends the machine: only the wall clock goes on
/// > deliver [1>2 …]            delivers what is on its way, and what follows from it, until
///                              nothing is left; with links, only what is on them now
/// > sync [1 2 …]             as deliver, without saying what; with replicas, only among them
/// > elect 1 [2 …]            tick and sync, among these
/// > drop [1>2 …]               loses it
/// > twice 1>2                  doubles it
/// > keep 1>2                   copies it, to arrive after the next `late`
/// > show                       what is on its way
/// > propose 1 a b   > read 1 7   > transfer 1 2   > unreachable 1 2
/// > change 1 voters 1 2 learners 3
/// > hold 1   > release 1       the disk of 1
/// > crash 1  > start 1  > flush 1  > compact 1 5  > wipe 1
/// > snapshot 1 2               1 sends 2 the snapshot that it needs
/// > status 1  > log 1  > lease 1
/// ```
final class Script {
    private static final long MILLI = 1_000_000;
    private static final RaftOptions OPTIONS =
            RaftOptions.defaults()
                    .withTimes(100 * MILLI, 1000 * MILLI, 2000 * MILLI, 900 * MILLI)
                    .withWindow(1, 3, 1 << 20)
                    .withBounds(400, 100, 1 << 20, 2);

    private final Map<Long, SimNode> nodes = new TreeMap<>();
    private final Map<Long, Boolean> held = new TreeMap<>();
    private final Map<Long, String> faces = new TreeMap<>();
    private final List<Message> network = new ArrayList<>();
    private final List<Message> kept = new ArrayList<>();
    private final StringBuilder out = new StringBuilder();
    private long nowMillis = 10_000;

    /// How long the machine was suspended: the wall clock went on.
    private long asleepMillis;

    /// {@return `text` with the output that its commands have}
    static String run(String text) {
        Script script = new Script();
        boolean output = false;
        for (String line : text.lines().toList()) {
            if (line.startsWith("> ")) {
                script.out.append(line).append('\n');
                script.execute(line.substring(2).strip().split(" +"));
                output = true;
            } else if (line.startsWith("#") || line.isBlank()) {
                script.out.append(line).append('\n');
                output = false;
            } else if (!output) {
                throw new IllegalArgumentException("neither command nor output: " + line);
            }
        }
        return script.out.toString();
    }

    private void execute(String[] words) {
        List<String> rest = Arrays.asList(words).subList(1, words.length);
        long id = rest.isEmpty() ? 0 : idOf(rest.getFirst());
        SimNode node = nodes.get(id);
        switch (words[0]) {
            case "group" -> group(rest);
            case "tick" -> tick(node);
            case "campaign" -> node.raft.campaign(now());
            case "wait" -> nowMillis += id;
            case "sleep" -> asleepMillis += id;
            case "deliver" -> deliver(rest);
            case "sync" -> sync(rest);
            case "elect" -> elect(node, rest);
            case "wipe" -> wipe(node);
            case "drop" -> onWay(rest).forEach(network::remove);
            case "twice" -> network.addAll(onWay(rest));
            case "keep" -> kept.addAll(onWay(rest));
            case "late" -> {
                network.addAll(kept);
                kept.clear();
            }
            case "show" -> network.forEach(m -> say(Said.message(m)));
            case "propose" -> say(Said.proposed(node.raft.propose(now(), commands(rest))));
            case "read" ->
                    node.raft
                            .readIndex(now(), idOf(rest.get(1)))
                            .ifPresent(refusal -> say("refused: " + refusal));
            case "transfer" ->
                    node.raft
                            .transfer(now(), idOf(rest.get(1)))
                            .ifPresent(refusal -> say("refused: " + refusal));
            case "unreachable" -> node.raft.unreachable(now(), idOf(rest.get(1)));
            case "change" -> change(node, rest);
            case "hold" -> held.put(id, true);
            case "release" -> held.put(id, false);
            case "crash" -> crash(node);
            case "start" -> node.start(now());
            case "flush" -> node.flush();
            case "compact" -> node.disk.compactTo(idOf(rest.get(1)));
            case "snapshot" -> snapshot(node, idOf(rest.get(1)));
            case "status" -> say(Said.status(node.raft.status()));
            case "log" -> say(Said.log(node.disk));
            case "lease" -> lease(node);
            default -> throw new IllegalArgumentException(String.join(" ", words));
        }
        settle();
    }

    private void group(List<String> words) {
        int learnersAt = words.indexOf("learners");
        long voters = idOf(words.getFirst());
        Members deciding = Members.of(LongStream.rangeClosed(1, voters).toArray());
        Members learning =
                learnersAt < 0
                        ? Members.NONE
                        : members(words.subList(learnersAt + 1, words.size()));
        var first = Configuration.of(deciding, learning);
        for (long id = 1; id <= voters + 4; id++) {
            SimNode node = new SimNode(id, OPTIONS, first, network::add, () -> 0L);
            nodes.put(id, node);
            held.put(id, false);
            if (first.all().contains(id)) {
                node.start(now());
                faces.put(id, Said.face(node.raft.status()));
            }
        }
    }

    private void tick(SimNode node) {
        if (node.raft.deadlineNanos() == Long.MAX_VALUE) {
            say("has nothing to wait for");
        } else {
            nowMillis = Math.max(nowMillis, Math.ceilDiv(node.raft.deadlineNanos(), MILLI));
            node.raft.tick(now());
        }
    }

    private void deliver(List<String> links) {
        for (List<Message> batch = onWay(links); !batch.isEmpty(); batch = onWay(links)) {
            for (Message message : batch) {
                network.remove(message);
                say(Said.message(message));
                SimNode to = nodes.get(message.head().to());
                if (to != null && to.isUp()) {
                    to.raft.step(now(), message);
                    settle();
                }
            }
            if (!links.isEmpty()) {
                return;
            }
        }
    }

    private void elect(SimNode node, List<String> among) {
        tick(node);
        settle();
        sync(among.size() > 1 ? among : List.of());
    }

    private void sync(List<String> among) {
        List<String> links = new ArrayList<>();
        among.forEach(a -> among.forEach(b -> links.add(a + ">" + b)));
        for (List<Message> batch = onWay(links); !batch.isEmpty(); batch = onWay(links)) {
            for (Message message : batch) {
                network.remove(message);
                SimNode to = nodes.get(message.head().to());
                if (to != null && to.isUp()) {
                    to.raft.step(now(), message);
                    settle();
                }
            }
        }
    }

    /// The disk loses its last entry and what was committed; its owner does not know.
    private static void wipe(SimNode node) {
        List<Entry> entries = node.disk.entries();
        entries.removeLast();
        node.hard = new HardState(node.hard.term(), node.hard.vote(), 1);
    }

    private List<Message> onWay(List<String> links) {
        return network.stream()
                .filter(
                        m ->
                                links.isEmpty()
                                        || links.contains(
                                                m.head().from() + ">" + m.head().to()))
                .toList();
    }

    private void change(SimNode node, List<String> words) {
        int learnersAt = words.indexOf("learners");
        int end = learnersAt < 0 ? words.size() : learnersAt;
        Members voters = members(words.subList(2, end));
        Members learners =
                learnersAt < 0
                        ? Members.NONE
                        : members(words.subList(learnersAt + 1, words.size()));
        say(
                Said.proposed(
                        node.raft.reconfigure(
                                now(),
                                Configuration.of(voters, learners),
                                node.raft.status().configurationIndex())));
        learners.plus(voters);
        for (SimNode each : nodes.values()) {
            if (learners.contains(each.id) && !each.isUp()) {
                each.start(now());
                faces.put(each.id, Said.face(each.raft.status()));
            }
        }
    }

    private void crash(SimNode node) {
        node.crash();
        faces.remove(node.id);
    }

    private void snapshot(SimNode from, long to) {
        var message = from.raft.snapshotMade(now(), to, from.applied);
        message.ifPresent(network::add);
        from.raft.snapshotOutcome(now(), to, message.isPresent());
    }

    private void lease(SimNode node) {
        LeaseView view = node.raft.lease();
        boolean valid = view.validAt(now());
        say(
                valid
                        ? "lease of term %d for %d ms, commit %d"
                                .formatted(
                                        view.term(),
                                        view.expiryNanos() / MILLI - nowMillis,
                                        view.commit())
                        : "no lease");
    }

    /// Disks and state machines that are not held do their work.
    private void settle() {
        for (SimNode node : nodes.values()) {
            boolean busy = node.isUp();
            while (busy) {
                node.drain();
                tell(node);
                boolean persists = !node.pending.isEmpty() && !held.get(node.id);
                if (persists) {
                    node.persist(now());
                }
                boolean applies = !node.toApply.isEmpty();
                if (applies) {
                    node.apply(now(), e -> say(node.id + ": applied " + Said.entry(e)));
                }
                boolean installs = node.installing != null && !held.get(node.id);
                if (installs) {
                    say(node.id + ": installed snapshot at " + node.installing.at());
                    node.install(now(), 0);
                }
                busy = persists || applies || installs || node.raft.hasReady();
            }
        }
    }

    private void tell(SimNode node) {
        String face = Said.face(node.raft.status());
        if (!face.equals(faces.put(node.id, face))) {
            say(node.id + ": " + face);
        }
        node.ready.grants().forEach(g -> say(Said.grant(node.id, g)));
        node.ready.failedReads().forEach(t -> say("%d: read %d failed".formatted(node.id, t)));
        node.ready
                .snapshotsWanted()
                .forEach(to -> say("%d: %d needs a snapshot".formatted(node.id, to)));
    }

    private Now now() {
        return new Now(nowMillis * MILLI, nowMillis + asleepMillis);
    }

    private void say(String text) {
        text.lines().forEach(line -> out.append("  ").append(line).append('\n'));
    }

    private static long idOf(String word) {
        return word.matches("[0-9]+") ? Long.parseLong(word) : 0;
    }

    private static List<Bytes> commands(List<String> words) {
        return words.stream().skip(1).map(Bytes::utf8).collect(Collectors.toList());
    }

    private static Members members(List<String> words) {
        return Members.of(words.stream().mapToLong(Long::parseLong).toArray());
    }
}
