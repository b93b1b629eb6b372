package norikv.lsm;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.management.JMException;
import javax.management.ObjectName;
import norikv.disk.FileDisk;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// After an engine was closed nothing of it is left in the process: no mapping of its files, no
/// open descriptor, no native memory. In a JVM of its own, which counts native memory.
final class LsmLeakTest {
    private static final int BATCHES = 300;
    private static final int MINUTES_MAX = 3;
    private static final int LOOKS = 20;

    /// What a JVM allocates for itself from one look to the next.
    private static final long NOISE_BYTES = 16 << 10;

    @Test
    void nothingIsLeftAfterClose(@TempDir Path folder) throws IOException, InterruptedException {
        Path said = folder.resolve("said");
        Process child =
                new ProcessBuilder(
                                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                                "-ea",
                                "-XX:+UseSerialGC",
                                "-XX:NativeMemoryTracking=summary",
                                "-cp",
                                classPath(),
                                LsmLeakTest.class.getName(),
                                folder.toRealPath().toString())
                        .redirectErrorStream(true)
                        .redirectOutput(said.toFile())
                        .start();
        boolean ended = child.waitFor(MINUTES_MAX, TimeUnit.MINUTES);
        child.destroyForcibly();
        assertEquals("ok", ended ? Files.readString(said).strip() : "no end");
    }

    /// {@return where the classes are, which the launcher of the tests may have loaded by itself}
    private static String classPath() {
        return Stream.of(LsmLeakTest.class, Lsm.class)
                .map(type -> type.getProtectionDomain().getCodeSource().getLocation().getPath())
                .collect(Collectors.joining(java.io.File.pathSeparator))
                + java.io.File.pathSeparator
                + System.getProperty("java.class.path");
    }

    /// What the child does: the races twice, the first to load and warm what stays for good.
    public static void main(String[] args) throws Exception {
        Path folder = Path.of(args[0]);
        run(folder.resolve("first"));
        long before = nativeBytes();
        run(folder.resolve("second"));
        long after = nativeBytes();
        String leaked = leaked(folder);
        if (after - before > NOISE_BYTES) {
            leaked += "native memory: %d bytes more%n".formatted(after - before);
        }
        IO.println(leaked.isEmpty() ? "ok" : leaked);
    }

    private static void run(Path folder) throws IOException, InterruptedException {
        Files.createDirectories(folder);
        new Races(FileDisk.open(folder), BATCHES).run();
    }

    private static String leaked(Path folder) throws IOException {
        var leaked = new StringBuilder();
        try (Stream<String> mappings = Files.lines(Path.of("/proc/self/maps"))) {
            mappings.filter(line -> line.contains(folder.toString()))
                    .forEach(line -> leaked.append("mapping: ").append(line).append('\n'));
        }
        try (Stream<Path> descriptors = Files.list(Path.of("/proc/self/fd"))) {
            for (Path descriptor : (Iterable<Path>) descriptors::iterator) {
                String target =
                        Files.isSymbolicLink(descriptor)
                                ? Files.readSymbolicLink(descriptor).toString()
                                : "";
                if (target.startsWith(folder.toString()) && !target.endsWith("/said")) {
                    leaked.append("descriptor: ").append(target).append('\n');
                }
            }
        }
        return leaked.toString();
    }

    /// {@return what is allocated outside of the heap by none of the JVM's own parts, buffers that
    /// only wait for their cleaner left out}
    private static long nativeBytes() throws JMException {
        long least = Long.MAX_VALUE;
        for (int i = 0; i < LOOKS; i++) {
            System.gc();
            least = Math.min(least, nativeBytesNow());
        }
        return least;
    }

    private static long nativeBytesNow() throws JMException {
        Object summary =
                ManagementFactory.getPlatformMBeanServer()
                        .invoke(
                                new ObjectName("com.sun.management:type=DiagnosticCommand"),
                                "vmNativeMemory",
                                new Object[] {new String[] {"summary", "scale=B"}},
                                new String[] {String[].class.getName()});
        Matcher other =
                Pattern.compile("Other \\(reserved=(\\d+)").matcher(String.valueOf(summary));
        if (!other.find()) {
            throw new IllegalStateException("no line 'Other' in " + summary);
        }
        return Long.parseLong(other.group(1));
    }
}
