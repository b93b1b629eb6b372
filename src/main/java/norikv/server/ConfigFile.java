package norikv.server;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// Reads a configuration file: UTF-8, one `key = value` (or `key: value`) a line, `#` or `!` begins
/// a comment line.
///
/// It is the plain part of `.properties`: every such file means the same to `java.util.Properties`.
/// What that class would read differently from what stands there (backslashes, lines that go on, a
/// key without a separator, a key twice) is reported instead of guessed.
///
/// **Limits.** [#BYTES_MAX] bytes.
final class ConfigFile {
    static final int BYTES_MAX = 1 << 20;

    /// A setting as it stands in the file.
    record Line(int number, String key, String value) {}

    /// What is wrong with the file, at a line; 0: as a whole.
    record Fault(int line, String what) {}

    private final List<Line> lines = new ArrayList<>();
    private final List<Fault> faults = new ArrayList<>();

    private ConfigFile() {}

    static ConfigFile read(Path file) {
        ConfigFile read = new ConfigFile();
        try (var in = Files.newInputStream(file)) {
            byte[] bytes = in.readNBytes(BYTES_MAX + 1);
            if (bytes.length > BYTES_MAX) {
                read.fault(0, "want at most " + BYTES_MAX + " bytes");
            } else {
                read.parse(StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)));
            }
        } catch (NoSuchFileException _) {
            read.fault(0, "no such file");
        } catch (CharacterCodingException _) {
            read.fault(0, "not UTF-8");
        } catch (IOException e) {
            read.fault(0, "cannot be read: " + e.getMessage());
        }
        return read;
    }

    List<Line> lines() {
        return lines;
    }

    List<Fault> faults() {
        return faults;
    }

    private void parse(CharSequence text) {
        List<String> raw = text.toString().lines().toList();
        for (int i = 0; i < raw.size(); i++) {
            String line = raw.get(i).strip();
            if (!line.isEmpty() && line.charAt(0) != '#' && line.charAt(0) != '!') {
                parseSetting(i + 1, line);
            }
        }
    }

    private void parseSetting(int number, String line) {
        int separator = 0;
        while (separator < line.length()
                && line.charAt(separator) != '='
                && line.charAt(separator) != ':') {
            separator++;
        }
        String key = line.substring(0, separator).strip();
        if (line.indexOf('\\') >= 0) {
            fault(number, "write no backslash: every line and character stands for itself");
        } else if (separator == line.length() || key.isEmpty() || key.indexOf(' ') >= 0) {
            fault(number, "want key = value, got '" + line + "'");
        } else {
            add(new Line(number, key, line.substring(separator + 1).strip()));
        }
    }

    private void add(Line line) {
        for (Line earlier : lines) {
            if (earlier.key().equals(line.key())) {
                fault(line.number(), line.key() + " stands in line " + earlier.number() + " too");
                return;
            }
        }
        lines.add(line);
    }

    private void fault(int line, String what) {
        faults.add(new Fault(line, what));
    }
}
