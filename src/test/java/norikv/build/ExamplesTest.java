package norikv.build;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.StringWriter;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.net.URI;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Compiles the examples of the documentation, from the very text, against the module, and runs
/// them with assertions on.
final class ExamplesTest {
    private static final Path CLASSES = Path.of("target", "classes");

    /// A block that is a program of its own.
    private static final Pattern PROGRAM =
            Pattern.compile("```java\n(import module norikv;\n.*?)\n```", Pattern.DOTALL);

    @TempDir Path folder;

    @ParameterizedTest
    @ValueSource(
            strings = {
                "README.md",
                "src/main/java/norikv/embedded/package-info.java",
                "src/main/java/norikv/lsm/package-info.java",
                "src/main/java/norikv/sstable/package-info.java",
                "src/main/java/norikv/wal/package-info.java"
            })
    void theExampleCompilesAgainstTheModuleAndRuns(String page) throws Exception {
        String text = Files.readString(Path.of(page)).replaceAll("(?m)^/// ?", "");
        var found = PROGRAM.matcher(text);
        assertTrue(found.find(), "no program in " + page);

        Path out = compile(found.group(1));
        run(out);
        run(out); // a second start finds what the first left
    }

    private Path compile(String program) throws IOException {
        Path out = Files.createDirectories(folder.resolve("classes"));
        var log = new StringWriter();
        var task =
                ToolProvider.getSystemJavaCompiler()
                        .getTask(
                                log,
                                null,
                                null,
                                List.of(
                                        "--release",
                                        "25",
                                        "--module-path",
                                        CLASSES.toString(),
                                        "--add-modules",
                                        "norikv",
                                        "-d",
                                        out.toString()),
                                null,
                                List.of(source(program)));
        assertEquals(true, task.call(), log::toString);
        return out;
    }

    private static JavaFileObject source(String program) {
        return new SimpleJavaFileObject(
                URI.create("string:///Example.java"), JavaFileObject.Kind.SOURCE) {
            @Override
            public CharSequence getCharContent(boolean ignoreEncodingErrors) {
                return program;
            }
        };
    }

    private void run(Path classes) throws Exception {
        URL[] path = {classes.toUri().toURL()};
        try (var loader = new URLClassLoader(path, ExamplesTest.class.getClassLoader())) {
            loader.setDefaultAssertionStatus(true);
            Class<?> example = loader.loadClass("Example");
            var constructor = example.getDeclaredConstructor();
            constructor.setAccessible(true);
            Method main = example.getDeclaredMethod("main", String[].class);
            main.setAccessible(true);
            Path data = folder.resolve("data" + Files.list(folder).count());
            main.invoke(constructor.newInstance(), (Object) new String[] {data.toString()});
        } catch (InvocationTargetException e) {
            throw new AssertionError("the example fails: " + e.getCause(), e.getCause());
        }
    }
}
