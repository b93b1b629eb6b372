package norikv.raft;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

/// The example of the package page does what it says.
final class CounterExampleTest {
    @Test
    void allReplicasCountTheSame() {
        var counter = new CounterExample();
        counter.pass(2500);
        counter.add(5);
        counter.add(37);
        counter.pass(500);
        assertEquals(List.of(42L, 42L, 42L), counter.values());
    }

    @Test
    void theExampleStaysSmall() throws IOException {
        Path source = Path.of("src/test/java/norikv/raft/CounterExample.java");
        long lines =
                Files.readAllLines(source).stream()
                        .filter(line -> !line.isBlank() && !line.startsWith("import"))
                        .count();
        assertTrue(lines <= 60, "lines: " + lines);
    }
}
