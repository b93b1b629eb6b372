package norikv.arch;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.sun.source.tree.CompilationUnitTree;
import com.sun.source.tree.LineMap;
import com.sun.source.tree.MethodTree;
import com.sun.source.util.JavacTask;
import com.sun.source.util.SourcePositions;
import com.sun.source.util.TreeScanner;
import com.sun.source.util.Trees;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;

/// Checks the text of the sources: what neither javac nor the class files can say.
final class TidyTest {
    private static final int COLUMNS_MAX = 100;
    private static final int LINES_MAX = 500;
    private static final int METHOD_LINES_MAX = 60;

    /// A text that may not stand in a source, where it may all the same, and what to write instead.
    private record Ban(String text, String allowedIn, String instead) {
        boolean forbids(String file, String line) {
            return !file.matches(allowedIn) && Pattern.compile(text).matcher(line).find();
        }
    }

    private static final String NOWHERE = "";
    private static final String IN_CLI = ".*/norikv/cli/.*";
    private static final String IN_TESTS = "src/(test|jmh|rocksdb)/.*";

    private static final List<Ban> BANS =
            List.of(
                    new Ban("/\\*\\*", NOWHERE, "/// (JEP 467)"),
                    new Ban("\\bFIXME\\b", NOWHERE, "nothing: mend it before it lands"),
                    new Ban("\\bTODO\\b(?!\\(#\\d+\\))", NOWHERE, "TODO(#issue)"),
                    new Ban("System\\.(out|err)\\b", IN_CLI, "System.Logger"),
                    new Ban("\\bIO\\.print", IN_TESTS + "|" + IN_CLI, "System.Logger"),
                    new Ban("\\.printStackTrace\\(\\)", IN_CLI, "System.Logger"),
                    new Ban("catch \\((final )?(Exception|Throwable) ", NOWHERE, "a narrow type"),
                    new Ban("\\bThread\\.sleep\\(", NOWHERE, "a bounded wait for the thing itself"),
                    new Ban("@Disabled\\b", NOWHERE, "a test that runs"),
                    new Ban("assertTrue\\(true\\b", NOWHERE, "a claim that can be false"),
                    new Ban(
                            "(?i)\\b(for now|not (yet )?implemented|placeholder|simplified)\\b",
                            IN_TESTS,
                            "the finished thing"));

    /// Files and methods that may be longer than the limit, each with its reason: a list to empty.
    private static final Map<String, String> LONG = Map.of();

    @Test
    void sourcesAreTidy() throws IOException {
        List<String> untidy = new ArrayList<>();
        for (Path file : sources()) {
            check(file, Files.readString(file), untidy);
        }
        assertEquals("", String.join("\n", untidy));
    }

    @Test
    void everyPackageHasAMap() throws IOException {
        Set<Path> unmapped = new TreeSet<>();
        for (Path file : sources()) {
            Path folder = file.getParent();
            if (file.startsWith("src/main/java/norikv")
                    && !Files.exists(folder.resolve("package-info.java"))) {
                unmapped.add(folder);
            }
        }
        assertEquals(Set.of(), unmapped, "a package-info.java says what to read first");
    }

    @Test
    void methodsFitOnAScreen() throws IOException {
        List<String> tooLong = new ArrayList<>();
        JavaCompiler javac = ToolProvider.getSystemJavaCompiler();
        try (StandardJavaFileManager files = javac.getStandardFileManager(null, null, null)) {
            var units = files.getJavaFileObjectsFromPaths(sources());
            var task = (JavacTask) javac.getTask(null, files, null, null, null, units);
            SourcePositions positions = Trees.instance(task).getSourcePositions();
            for (CompilationUnitTree unit : task.parse()) {
                new MethodLengths(unit, positions, tooLong).scan(unit, null);
            }
        }
        assertEquals("", String.join("\n", tooLong));
    }

    private static List<Path> sources() throws IOException {
        try (Stream<Path> files = Files.walk(Path.of("src"))) {
            return files.filter(f -> f.toString().endsWith(".java")).sorted().toList();
        }
    }

    private static void check(Path file, String text, List<String> untidy) {
        List<String> lines = text.lines().toList();
        if (lines.size() > LINES_MAX && !LONG.containsKey(file.getFileName().toString())) {
            untidy.add("%s: %d lines, split it".formatted(file, lines.size()));
        }
        if (!text.endsWith("\n") || text.contains("\r") || text.contains("\t")) {
            untidy.add(file + ": LF endings, no tabs, newline at the end");
        }
        for (int i = 0; i < lines.size(); i++) {
            String line = lines.get(i);
            String at = "%s:%d: ".formatted(file, i + 1);
            if (line.length() > COLUMNS_MAX && !line.contains("https://")) {
                untidy.add(at + line.length() + " columns");
            }
            if (!line.equals(line.stripTrailing())) {
                untidy.add(at + "trailing space");
            }
            if (isTopLevelType(line) && !documented(lines, i)) {
                untidy.add(at + "say in one sentence what it is for");
            }
            if (!file.endsWith("TidyTest.java")) {
                BANS.stream()
                        .filter(ban -> ban.forbids(file.toString(), line))
                        .forEach(ban -> untidy.add(at + "write " + ban.instead()));
            }
        }
    }

    private static boolean isTopLevelType(String line) {
        return line.matches(
                "((public|final|sealed|non-sealed|abstract|open) )*"
                        + "(class|interface|@interface|record|enum|module) .*");
    }

    private static boolean documented(List<String> lines, int type) {
        int above = type - 1;
        while (above >= 0 && lines.get(above).strip().startsWith("@")) {
            above--;
        }
        return above >= 0 && lines.get(above).strip().startsWith("///");
    }

    /// Complains about each method and constructor that is longer than a screen, from the line of
    /// its name to that of its closing brace.
    private static final class MethodLengths extends TreeScanner<Void, Void> {
        private final CompilationUnitTree unit;
        private final SourcePositions positions;
        private final List<String> tooLong;

        MethodLengths(
                CompilationUnitTree unit, SourcePositions positions, List<String> tooLong) {
            this.unit = unit;
            this.positions = positions;
            this.tooLong = tooLong;
        }

        @Override
        public Void visitMethod(MethodTree method, Void unused) {
            if (method.getBody() != null) {
                LineMap lines = unit.getLineMap();
                long first = lines.getLineNumber(positions.getStartPosition(unit, method));
                long last = lines.getLineNumber(positions.getEndPosition(unit, method));
                String file = Path.of(unit.getSourceFile().getName()).getFileName().toString();
                String name = file.replace(".java", "") + "." + method.getName();
                if (last - first + 1 > METHOD_LINES_MAX && !LONG.containsKey(name)) {
                    tooLong.add("%s:%d: %s".formatted(file, first, last - first + 1));
                }
            }
            return super.visitMethod(method, unused);
        }
    }
}
