package norikv.wire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import norikv.domain.ErrorCode;
import org.junit.jupiter.api.Test;

/// The table of `wire/errors.md` is the registry of the code, row by row.
final class ErrorsProseTest {
    @Test
    void theTableIsTheRegistry() throws IOException {
        List<String> rows =
                Files.readAllLines(Path.of("wire", "errors.md")).stream()
                        .filter(line -> line.matches("\\| \\d+ \\|.*"))
                        .toList();
        List<String> expected = Arrays.stream(ErrorCode.values()).map(this::row).toList();
        assertEquals(expected, rows.stream().map(ErrorsProseTest::withoutMeaning).toList());
        for (String row : rows) {
            assertTrue(row.split("\\|")[7].strip().length() > 10, row);
        }
    }

    private String row(ErrorCode code) {
        return "| %d | %s | %s | %s | %d | %d |"
                .formatted(
                        code.number(),
                        code.name(),
                        code.isIndeterminate() ? "perhaps" : "no",
                        code.retry().name().toLowerCase(Locale.ROOT).replace('_', ' '),
                        code.httpStatus(),
                        code.exitCode());
    }

    private static String withoutMeaning(String row) {
        return row.substring(0, row.lastIndexOf('|', row.length() - 2) + 1);
    }
}
