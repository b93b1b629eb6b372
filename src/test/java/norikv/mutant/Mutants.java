package norikv.mutant;

import static org.junit.platform.engine.discovery.DiscoverySelectors.selectMethod;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.StringWriter;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Collectors;
import javax.tools.FileObject;
import javax.tools.ForwardingJavaFileManager;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileManager;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;
import org.junit.platform.launcher.Launcher;
import org.junit.platform.launcher.LauncherDiscoveryRequest;
import org.junit.platform.launcher.core.LauncherConfig;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;
import org.junit.platform.launcher.listeners.SummaryGeneratingListener;
import org.junit.platform.launcher.listeners.TestExecutionSummary;

/// Puts a [Mutant] into the sources, compiles the one file in memory and runs the killing test
/// against it, with every class of ours loaded anew by a loader of its own.
///
/// **Threads.** One run at a time: system properties are set for its length. **Limits.** A run that
/// takes longer than the limit is given up: its thread is interrupted and left behind.
final class Mutants {
    private final Path sources;
    private final Path classes;
    private final Duration runTimeMax;

    /// @param sources where the mutated file stands, `src/main/java` say
    /// @param classes the compiled classes that the mutated file is compiled against
    /// @param runTimeMax how long one run of a killing test may take
    Mutants(Path sources, Path classes, Duration runTimeMax) {
        this.sources = sources;
        this.classes = classes;
        this.runTimeMax = runTimeMax;
    }

    /// Runs the killing test on the sources as they are, in the same kind of loader: it must pass,
    /// or its failure on a mutant would prove nothing.
    void requirePasses(String test, Map<String, String> properties) {
        TestExecutionSummary summary = run(test, properties, new MutantLoader(Map.of()));
        require(
                summary.getTestsSucceededCount() > 0
                        && summary.getTestsSucceededCount() == summary.getTestsFoundCount()
                        && summary.getTotalFailureCount() == 0,
                () -> test + " must pass on the sources as they are: " + describe(summary));
    }

    /// Runs the killing test on the mutated sources: it must fail.
    void requireKilled(Mutant mutant) throws IOException {
        var loader = new MutantLoader(compile(mutant));
        TestExecutionSummary summary = run(mutant.test(), mutant.properties(), loader);
        require(
                loader.mutantLoaded(),
                () -> mutant.test() + " never loads a class of " + mutant.file());
        require(
                summary.getTotalFailureCount() > 0,
                () ->
                        "%s survived: %s passes although it is false that %s"
                                .formatted(mutant.id(), mutant.test(), mutant.claim()));
    }

    /// {@return a loader of all our classes anew, mutated}
    ClassLoader load(Mutant mutant) throws IOException {
        return new MutantLoader(compile(mutant));
    }

    private Map<String, byte[]> compile(Mutant mutant) throws IOException {
        String text = mutant.applyTo(Files.readString(sources.resolve(mutant.file())));
        JavaCompiler javac = ToolProvider.getSystemJavaCompiler();
        var complaints = new StringWriter();
        try (StandardJavaFileManager standard = javac.getStandardFileManager(null, null, null)) {
            var memory = new MemoryFiles(standard);
            List<String> options =
                    List.of("-cp", classpath(), "-proc:none", "-nowarn", "-g", "-parameters");
            var source = new MutatedSource(mutant.file(), text);
            boolean compiles =
                    javac.getTask(complaints, memory, null, options, null, List.of(source)).call();
            require(compiles, () -> mutant.id() + " does not compile:\n" + complaints);
            return memory.compiled();
        }
    }

    private String classpath() {
        return classes + java.io.File.pathSeparator + System.getProperty("java.class.path");
    }

    private TestExecutionSummary run(
            String test, Map<String, String> properties, MutantLoader loader) {
        var result = new AtomicReference<TestExecutionSummary>();
        var failure = new AtomicReference<Throwable>();
        Thread runner = new Thread(() -> result.set(launch(test, loader)), "mutant-run");
        runner.setDaemon(true);
        runner.setContextClassLoader(loader);
        runner.setUncaughtExceptionHandler((_, thrown) -> failure.set(thrown));
        Map<String, Optional<String>> before = setAll(properties);
        try {
            runner.start();
            boolean ended = runner.join(runTimeMax);
            String stack = ended ? "" : stackOf(runner);
            runner.interrupt();
            require(ended, () -> test + " still ran after " + runTimeMax + ", at\n" + stack);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        } finally {
            before.forEach(Mutants::restore);
        }
        if (failure.get() != null) {
            throw new IllegalStateException(test, failure.get());
        }
        return result.get();
    }

    private static TestExecutionSummary launch(String test, ClassLoader loader) {
        LauncherDiscoveryRequest request =
                LauncherDiscoveryRequestBuilder.request()
                        .selectors(selectMethod(loader, test))
                        .build();
        LauncherConfig config =
                LauncherConfig.builder()
                        .enableLauncherSessionListenerAutoRegistration(false)
                        .enableLauncherDiscoveryListenerAutoRegistration(false)
                        .enablePostDiscoveryFilterAutoRegistration(false)
                        .enableTestExecutionListenerAutoRegistration(false)
                        .build();
        Launcher launcher = LauncherFactory.create(config);
        var listener = new SummaryGeneratingListener();
        launcher.execute(request, listener);
        return listener.getSummary();
    }

    private static Map<String, Optional<String>> setAll(Map<String, String> properties) {
        Map<String, Optional<String>> before = new TreeMap<>();
        properties.forEach(
                (key, value) ->
                        before.put(key, Optional.ofNullable(System.setProperty(key, value))));
        return before;
    }

    private static void restore(String key, Optional<String> value) {
        value.ifPresentOrElse(v -> System.setProperty(key, v), () -> System.clearProperty(key));
    }

    private static String stackOf(Thread runner) {
        return Arrays.stream(runner.getStackTrace())
                .map(frame -> "    " + frame)
                .collect(Collectors.joining("\n"));
    }

    private static String describe(TestExecutionSummary summary) {
        String failures =
                summary.getFailures().stream()
                        .map(f -> "\n" + f.getTestIdentifier().getDisplayName() + f.getException())
                        .collect(Collectors.joining());
        return "found %d, passed %d, skipped %d, aborted %d%s"
                .formatted(
                        summary.getTestsFoundCount(),
                        summary.getTestsSucceededCount(),
                        summary.getTestsSkippedCount(),
                        summary.getTestsAbortedCount(),
                        failures);
    }

    private static void require(boolean holds, java.util.function.Supplier<String> orElse) {
        if (!holds) {
            throw new AssertionError(orElse.get());
        }
    }

    /// The mutated text under the name of the file it was made from.
    private static final class MutatedSource extends SimpleJavaFileObject {
        private final String text;

        MutatedSource(Path file, String text) {
            super(URI.create("mutant:///" + file), Kind.SOURCE);
            this.text = text;
        }

        @Override
        public CharSequence getCharContent(boolean ignoreEncodingErrors) {
            return text;
        }
    }

    /// Keeps what the compiler writes.
    private static final class MemoryFiles extends ForwardingJavaFileManager<JavaFileManager> {
        private final Map<String, ByteArrayOutputStream> written = new TreeMap<>();

        MemoryFiles(JavaFileManager files) {
            super(files);
        }

        @Override
        public JavaFileObject getJavaFileForOutput(
                Location location, String name, JavaFileObject.Kind kind, FileObject sibling) {
            return new SimpleJavaFileObject(URI.create("memory:///" + name), kind) {
                @Override
                public OutputStream openOutputStream() {
                    return written.computeIfAbsent(name, _ -> new ByteArrayOutputStream());
                }
            };
        }

        Map<String, byte[]> compiled() {
            Map<String, byte[]> compiled = new TreeMap<>();
            written.forEach((name, bytes) -> compiled.put(name, bytes.toByteArray()));
            return compiled;
        }
    }

    /// Loads every class of ours anew, the mutated ones from memory; all else comes from above.
    private static final class MutantLoader extends ClassLoader {
        private final Map<String, byte[]> mutated;
        private volatile boolean mutantLoaded;

        MutantLoader(Map<String, byte[]> mutated) {
            super("mutant", Mutants.class.getClassLoader());
            this.mutated = mutated;
            setDefaultAssertionStatus(true);
        }

        boolean mutantLoaded() {
            return mutantLoaded;
        }

        @Override
        protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
            if (!name.startsWith("norikv.")) {
                return super.loadClass(name, resolve);
            }
            synchronized (getClassLoadingLock(name)) {
                Class<?> loaded = findLoadedClass(name);
                return loaded == null ? findClass(name) : loaded;
            }
        }

        @Override
        protected Class<?> findClass(String name) throws ClassNotFoundException {
            byte[] bytes = mutated.get(name);
            if (bytes == null) {
                bytes = read(name);
            } else {
                mutantLoaded = true;
            }
            return defineClass(name, bytes, 0, bytes.length);
        }

        private byte[] read(String name) throws ClassNotFoundException {
            String resource = name.replace('.', '/') + ".class";
            try (var in = getParent().getResourceAsStream(resource)) {
                if (in == null) {
                    throw new ClassNotFoundException(name);
                }
                return in.readAllBytes();
            } catch (IOException e) {
                throw new ClassNotFoundException(name, e);
            }
        }
    }
}
