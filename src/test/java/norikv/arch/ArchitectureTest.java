package norikv.arch;

import static java.util.Map.entry;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassModel;
import java.lang.classfile.FieldModel;
import java.lang.classfile.constantpool.MemberRefEntry;
import java.lang.classfile.constantpool.Utf8Entry;
import java.lang.reflect.AccessFlag;
import java.nio.file.FileVisitOption;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// Reads every compiled class and checks the rules that the compiler does not.
///
/// The table below **is** the architecture: a new package or a new edge is a change to this file,
/// so it shows in review. Only direct edges are listed. What a class names is looked for in every
/// text of its constant pool: class names, descriptors and generic signatures all live there.
final class ArchitectureTest {
    private static final String ANY = "*";

    /// A package to the packages it may name, all below `norikv`.
    private static final Map<String, Set<String>> ALLOWED =
            Map.ofEntries(
                    entry("bytes", Set.of()),
                    entry("work", Set.of()),
                    entry("observe", Set.of()),
                    entry("domain", Set.of("bytes")),
                    entry("disk", Set.of("bytes", "domain", "observe", "work")),
                    entry("wal", Set.of("bytes", "domain", "observe", "work", "disk")),
                    entry("sstable", Set.of("bytes", "domain", "observe", "work", "disk")),
                    entry(
                            "lsm",
                            Set.of(
                                    "bytes", "domain", "observe", "work", "disk", "wal",
                                    "sstable")),
                    entry("raftlog", Set.of("bytes", "domain", "observe", "work", "disk", "wal")),
                    entry("raft", Set.of("bytes", "domain", "observe")),
                    entry("port", Set.of("bytes", "domain")),
                    entry("kv", Set.of("bytes", "domain", "observe", "work", "port")),
                    entry("wire", Set.of("bytes", "domain")),
                    entry("json", Set.of("bytes")),
                    entry("history", Set.of("bytes", "domain", "json")),
                    entry(
                            "host",
                            Set.of(
                                    "bytes", "domain", "observe", "work", "port", "raft",
                                    "raftlog")),
                    entry(
                            "adapter.nio",
                            Set.of("bytes", "domain", "observe", "work", "port", "wire")),
                    entry(
                            "adapter.lsm",
                            Set.of("bytes", "domain", "observe", "work", "port", "lsm")),
                    entry("adapter.http", Set.of("bytes", "domain", "observe", "work", "port")),
                    entry("client", Set.of("bytes", "domain", "work", "wire")),
                    entry("server", Set.of(ANY)),
                    entry("embedded", Set.of("bytes", "domain", "work", "client", "server")),
                    entry(
                            "torture",
                            Set.of(
                                    "bytes", "domain", "history", "work", "wire", "client",
                                    "server")),
                    entry("cli", Set.of(ANY)));

    /// What the packages with a `*` may not name all the same: who stands above them.
    private static final Map<String, Set<String>> ABOVE =
            Map.of("server", Set.of("client", "embedded", "torture", "cli"));

    /// What a user drags in with one engine: the packages it reaches, and nothing else.
    private static final Map<String, Set<String>> ALONE =
            Map.of(
                    "observe", Set.of(),
                    "work", Set.of(),
                    "wal", Set.of("bytes", "domain", "observe", "work", "disk"),
                    "sstable", Set.of("bytes", "domain", "observe", "work", "disk"),
                    "lsm", Set.of("bytes", "domain", "observe", "work", "disk", "wal", "sstable"),
                    "raftlog", Set.of("bytes", "domain", "observe", "work", "disk", "wal"),
                    "raft", Set.of("bytes", "domain", "observe"),
                    "client", Set.of("bytes", "domain", "work", "wire"));

    /// Packages that touch files, sockets and streams; the others think.
    private static final Set<String> MACHINE_PACKAGES =
            Set.of(
                    "disk",
                    "adapter.nio",
                    "adapter.lsm",
                    "adapter.http",
                    "client",
                    "server",
                    "embedded",
                    "torture",
                    "cli");

    /// A class of ours inside any name, descriptor or generic signature. In a descriptor the name
    /// follows a capital `L`, which is no word boundary.
    private static final Pattern OUR_TYPE =
            Pattern.compile("(?:\\b|L)norikv/((?:[a-z][a-z0-9]*/)+)[A-Z]");

    private static final Pattern MACHINE =
            Pattern.compile("(?:\\b|L)(java/(?:io|net|nio/(?:channels|file))/[\\w/$]+)");

    private static final Pattern FOREIGN =
            Pattern.compile("(?:\\b|L)(java/lang/foreign/[\\w/$]+)");

    private static final Pattern VAGUE_NAME =
            Pattern.compile("Abstract.*|.*(Impl|Manager|Utils?|Helpers?|Base)");

    /// Time, chance and threads that no seed replays. An entry is `owner.method`, or
    /// `owner.method` with the descriptor where only one overload is meant.
    private static final Set<String> AMBIENT =
            Set.of(
                    "java/lang/System.nanoTime",
                    "java/lang/System.currentTimeMillis",
                    "java/time/Clock.systemUTC",
                    "java/time/Clock.systemDefaultZone",
                    "java/time/Instant.now",
                    "java/time/LocalDate.now",
                    "java/time/LocalDateTime.now",
                    "java/time/OffsetDateTime.now",
                    "java/time/ZonedDateTime.now",
                    "java/util/Date.<init>()V",
                    "java/lang/Math.random",
                    "java/util/Collections.shuffle(Ljava/util/List;)V",
                    "java/util/Random.<init>()V",
                    "java/util/SplittableRandom.<init>()V",
                    "java/util/UUID.randomUUID",
                    "java/util/concurrent/ThreadLocalRandom.current",
                    "java/util/random/RandomGenerator.getDefault",
                    "java/util/random/RandomGenerator.of",
                    "java/security/SecureRandom.<init>",
                    "java/lang/Object.wait",
                    "java/lang/Thread.<init>",
                    "java/lang/Thread.join",
                    "java/lang/Thread.ofPlatform",
                    "java/lang/Thread.ofVirtual",
                    "java/lang/Thread.onSpinWait",
                    "java/lang/Thread.sleep",
                    "java/lang/Thread.startVirtualThread",
                    "java/lang/Thread.yield",
                    "java/util/Collection.parallelStream",
                    "java/util/List.parallelStream",
                    "java/util/Set.parallelStream",
                    "java/util/Timer.<init>",
                    "java/util/concurrent/CompletableFuture.completeOnTimeout",
                    "java/util/concurrent/CompletableFuture.delayedExecutor",
                    "java/util/concurrent/CompletableFuture.orTimeout",
                    "java/util/concurrent/CompletableFuture.runAsync",
                    "java/util/concurrent/CompletableFuture.supplyAsync",
                    "java/util/concurrent/CountDownLatch.await",
                    "java/util/concurrent/ForkJoinPool.<init>",
                    "java/util/concurrent/ForkJoinPool.commonPool",
                    "java/util/concurrent/Semaphore.acquire",
                    "java/util/concurrent/ThreadPoolExecutor.<init>",
                    "java/util/concurrent/ScheduledThreadPoolExecutor.<init>",
                    "java/util/concurrent/locks/Condition.await",
                    "java/util/concurrent/locks/Condition.awaitNanos",
                    "java/util/concurrent/locks/LockSupport.park",
                    "java/util/concurrent/locks/LockSupport.parkNanos",
                    "java/util/concurrent/locks/LockSupport.parkUntil");

    /// Types whose every method makes threads.
    private static final Set<String> THREAD_MAKERS =
            Set.of(
                    "java/util/concurrent/Executors",
                    "java/lang/Thread$Builder$OfPlatform",
                    "java/lang/Thread$Builder$OfVirtual");

    private static final Set<String> ENDS_THE_PROCESS =
            Set.of("java/lang/System.exit", "java/lang/Runtime.exit", "java/lang/Runtime.halt");

    /// Types that change even behind a final field: many nodes live in one JVM.
    private static final Pattern CHANGEABLE =
            Pattern.compile("java/util/concurrent/(atomic|Concurrent|\\w+Queue)|ThreadLocal");

    private static final List<ClassModel> CLASSES = parse(Path.of("target", "classes"));

    @Test
    void packagesNameOnlyWhatTheTableAllows() {
        List<String> violations = new ArrayList<>();
        edges().forEach(
                        (from, targets) ->
                                targets.forEach(
                                        (to, culprit) -> {
                                            if (!mayName(from, to)) {
                                                violations.add(
                                                        "%s -> %s by %s"
                                                                .formatted(from, to, culprit));
                                            }
                                        }));
        assertEquals(List.of(), violations);
    }

    @Test
    void tableListsThePackagesThatExist() {
        Set<String> existing = new TreeSet<>();
        CLASSES.forEach(c -> existing.add(packageOf(c)));
        assertEquals(new TreeSet<>(ALLOWED.keySet()), existing);
    }

    @Test
    void tableHasNoCycle() {
        ALLOWED.keySet()
                .forEach(p -> assertTrue(!reach(p).contains(p), () -> "cycle through " + p));
    }

    @Test
    void enginesStandAlone() {
        ALONE.forEach((engine, closure) -> assertEquals(closure, reach(engine), engine));
    }

    @Test
    void namesSayWhatAThingIs() {
        List<String> vague = new ArrayList<>();
        for (ClassModel c : CLASSES) {
            String name = c.thisClass().asInternalName();
            for (String part : name.substring(name.lastIndexOf('/') + 1).split("\\$")) {
                if (VAGUE_NAME.matcher(part).matches()) {
                    vague.add(name);
                }
            }
        }
        assertEquals(List.of(), vague);
    }

    @Test
    void thinkingPackagesTouchNoMachine() {
        assertEquals(List.of(), namesOutside(MACHINE, MACHINE_PACKAGES::contains));
    }

    @Test
    void rawMemoryIsSeenByTwoPackages() {
        assertEquals(List.of(), namesOutside(FOREIGN, Set.of("bytes", "disk")::contains));
    }

    @Test
    void timeChanceAndThreadsComeFromWork() {
        assertEquals(
                List.of(),
                callsOutside(
                        "work",
                        ref ->
                                AMBIENT.contains(callee(ref))
                                        || AMBIENT.contains(callee(ref) + ref.type())
                                        || THREAD_MAKERS.contains(ref.owner().asInternalName())));
    }

    @Test
    void onlyTheCommandLineEndsTheProcess() {
        assertEquals(
                List.of(), callsOutside("cli", ref -> ENDS_THE_PROCESS.contains(callee(ref))));
    }

    @Test
    void nothingStaticChanges() {
        List<String> violations = new ArrayList<>();
        for (ClassModel c : CLASSES) {
            for (FieldModel field : c.fields()) {
                boolean constant =
                        field.flags().has(AccessFlag.FINAL)
                                && !CHANGEABLE.matcher(field.fieldType().stringValue()).find();
                if (field.flags().has(AccessFlag.STATIC) && !constant) {
                    violations.add(c.thisClass().asInternalName() + "." + field.fieldName());
                }
            }
        }
        assertEquals(List.of(), violations);
    }

    private static boolean mayName(String from, String to) {
        Set<String> allowed = ALLOWED.getOrDefault(from, Set.of());
        return allowed.contains(to)
                || allowed.contains(ANY) && !ABOVE.getOrDefault(from, Set.of()).contains(to);
    }

    private static List<String> namesOutside(Pattern pattern, Predicate<String> allowedIn) {
        Set<String> violations = new TreeSet<>();
        for (ClassModel c : CLASSES) {
            if (allowedIn.test(packageOf(c))) {
                continue;
            }
            for (var e : c.constantPool()) {
                if (e instanceof Utf8Entry text) {
                    String namer = c.thisClass().asInternalName() + " names ";
                    pattern.matcher(text.stringValue())
                            .results()
                            .forEach(found -> violations.add(namer + found.group(1)));
                }
            }
        }
        return List.copyOf(violations);
    }

    private static List<String> callsOutside(String home, Predicate<MemberRefEntry> banned) {
        Set<String> violations = new TreeSet<>();
        for (ClassModel c : CLASSES) {
            if (packageOf(c).equals(home)) {
                continue;
            }
            for (var e : c.constantPool()) {
                if (e instanceof MemberRefEntry ref && banned.test(ref)) {
                    violations.add(c.thisClass().asInternalName() + " calls " + callee(ref));
                }
            }
        }
        return List.copyOf(violations);
    }

    private static String callee(MemberRefEntry ref) {
        return ref.owner().asInternalName() + "." + ref.name();
    }

    /// From-package to to-package to one class that makes the edge.
    private static Map<String, Map<String, String>> edges() {
        Map<String, Map<String, String>> edges = new TreeMap<>();
        for (ClassModel c : CLASSES) {
            var targets = edges.computeIfAbsent(packageOf(c), _ -> new TreeMap<>());
            for (var e : c.constantPool()) {
                if (e instanceof Utf8Entry text) {
                    OUR_TYPE.matcher(text.stringValue())
                            .results()
                            .map(match -> dotted(match.group(1)))
                            .filter(to -> !to.equals(packageOf(c)))
                            .forEach(to -> targets.putIfAbsent(to, c.thisClass().asInternalName()));
                }
            }
        }
        return edges;
    }

    /// Every package that `start` reaches, not counting itself unless a cycle leads back to it.
    private static Set<String> reach(String start) {
        Set<String> seen = new HashSet<>();
        List<String> todo = new ArrayList<>(targets(start));
        while (!todo.isEmpty()) {
            String next = todo.removeLast();
            if (seen.add(next)) {
                todo.addAll(targets(next));
            }
        }
        return seen;
    }

    private static List<String> targets(String from) {
        return ALLOWED.keySet().stream()
                .filter(to -> !to.equals(from) && mayName(from, to))
                .toList();
    }

    private static String packageOf(ClassModel c) {
        var name = OUR_TYPE.matcher(c.thisClass().asInternalName());
        assertTrue(name.lookingAt(), () -> "outside norikv: " + c.thisClass().asInternalName());
        return dotted(name.group(1));
    }

    private static String dotted(String path) {
        return path.substring(0, path.length() - 1).replace('/', '.');
    }

    private static List<ClassModel> parse(Path root) {
        try (Stream<Path> files = Files.walk(root, FileVisitOption.FOLLOW_LINKS)) {
            List<ClassModel> classes = new ArrayList<>();
            for (Path file : files.filter(f -> f.toString().endsWith(".class")).sorted().toList()) {
                if (!file.endsWith("module-info.class") && !file.endsWith("package-info.class")) {
                    classes.add(ClassFile.of().parse(file));
                }
            }
            return List.copyOf(classes);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
