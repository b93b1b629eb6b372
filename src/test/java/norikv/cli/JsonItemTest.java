package norikv.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import norikv.bytes.Bytes;
import norikv.domain.Item;
import norikv.domain.Version;
import norikv.json.JsonReader;
import org.junit.jupiter.api.Test;

/// That any bytes survive an export, and that a line of an import must be spelled right.
final class JsonItemTest {
    private static final int RUNS = Integer.getInteger("runs", 20_000);

    @Test
    void noInputHangsOrThrowsAnythingElse() {
        long seed = Long.getLong("seed", 5);
        Random random = new Random(seed);
        String alphabet = "{}[]\",:\\ue-+.0123456789truefalsn \n\tä";
        String good =
                "{\"key\":{\"utf8\":\"a\\u00e4\"},\"value\":{\"base64\":\"AP8=\"},"
                        + "\"expires_at_ms\":1}";
        for (int run = 0; run < RUNS; run++) {
            byte[] bytes;
            if (run % 2 == 0) {
                StringBuilder text = new StringBuilder();
                for (int i = random.nextInt(40); i > 0; i--) {
                    text.append(alphabet.charAt(random.nextInt(alphabet.length())));
                }
                bytes = text.toString().getBytes(StandardCharsets.UTF_8);
            } else {
                bytes = good.getBytes(StandardCharsets.UTF_8);
                bytes[random.nextInt(bytes.length)] ^= (byte) (1 << random.nextInt(8));
            }
            try {
                JsonItem.read(bytes, 0, bytes.length);
            } catch (JsonReader.Malformed _) {
                // the one answer to what is wrong
            }
        }
    }

    @Test
    void anyBytesSurviveAnExport() throws JsonReader.Malformed {
        Random random = new Random(Long.getLong("seed", 6));
        List<Bytes> samples = new ArrayList<>();
        samples.add(Bytes.EMPTY);
        samples.add(Bytes.utf8("ä😀\n\0\u2028\u007f\\x41\"'"));
        for (int length = 1; length < 300; length++) {
            byte[] bytes = new byte[length];
            random.nextBytes(bytes);
            samples.add(Bytes.wrap(bytes));
        }
        for (Bytes sample : samples) {
            Item item = new Item(sample, sample, new Version(1, 2), sample.length());
            byte[] line = JsonItem.exported(item).toString().getBytes(StandardCharsets.UTF_8);
            assertEquals(
                    new JsonItem(sample, sample, sample.length()),
                    JsonItem.read(line, 0, line.length));
        }
    }

    @Test
    void anItemMustBeSpelledRight() {
        String key = "{\"key\":{\"utf8\":\"a\"},";
        refusesItem("[]", "byte 1: want an object");
        refusesItem(
                key + "\"value\":\"x\"}",
                "byte 1: value: want {\"utf8\":\"…\"} or {\"base64\":\"…\"}, got \"x\"");
        refusesItem(
                "{\"value\":{\"utf8\":\"x\"}}",
                "byte 1: key: want {\"utf8\":\"…\"} or {\"base64\":\"…\"}, got nothing");
        refusesItem(key + "\"value\":{\"base64\":\"A\"}}", "byte 1: value: no base64");
        refusesItem(
                key + "\"value\":{\"utf8\":\"x\"},\"expire_at_ms\":1}",
                "byte 1: unknown member 'expire_at_ms'; did you mean expires_at_ms?");
        refusesItem(
                key + "\"value\":{\"utf8\":\"x\"},\"expires_at_ms\":-1}",
                "byte 1: expires_at_ms: want milliseconds since 1970, got -1");
    }

    private static void refusesItem(String text, String message) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        var error =
                assertThrows(
                        JsonReader.Malformed.class, () -> JsonItem.read(bytes, 0, bytes.length));
        assertEquals(message, error.getMessage(), text);
    }
}
