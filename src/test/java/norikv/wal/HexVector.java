package norikv.wal;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;

/// The bytes that a file of `wire/vectors` spells, as `wire/files.md` says.
public final class HexVector {
    private static final int LINE_BYTES = 32;
    private static final int RUN_MIN = 16;

    private HexVector() {}

    /// {@return the bytes of `wire/vectors/NAME.hex`}
    public static byte[] read(String name) throws IOException {
        var bytes = new ByteArrayOutputStream();
        Path file = Path.of("wire", "vectors", name + ".hex");
        for (String line : Files.readAllLines(file)) {
            String text = line.replaceFirst("#.*", "").strip();
            if (text.isEmpty()) {
                continue;
            }
            for (String word : text.split("\\s+")) {
                String[] run = word.split("\\*");
                byte[] digits = HexFormat.of().parseHex(run[0]);
                for (int i = run.length == 1 ? 1 : Integer.parseInt(run[1]); i > 0; i--) {
                    bytes.writeBytes(digits);
                }
            }
        }
        return bytes.toByteArray();
    }

    /// {@return how a vector spells `bytes`}
    public static String spell(byte[] bytes) {
        var text = new StringBuilder();
        for (int at = 0; at < bytes.length; ) {
            int run = run(bytes, at);
            if (run >= RUN_MIN) {
                text.append("%02x*%d%n".formatted(bytes[at], run));
                at += run;
                continue;
            }
            int end = at;
            while (end < bytes.length && end - at < LINE_BYTES && run(bytes, end) < RUN_MIN) {
                end++;
            }
            text.append(HexFormat.of().formatHex(bytes, at, end)).append('\n');
            at = end;
        }
        return text.toString();
    }

    private static int run(byte[] bytes, int at) {
        int end = at;
        while (end < bytes.length && bytes[end] == bytes[at]) {
            end++;
        }
        return end - at;
    }
}
