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
import org.junit.jupiter.api.Test;

/// What is JSON, what is not, and that any bytes survive an export.
final class JsonReaderTest {
    private static final int RUNS = Integer.getInteger("runs", 20_000);

    @Test
    void whatIsWrittenIsReadAgain() throws JsonReader.Malformed {
        String text =
                "{\"a\":[1,-0.5e+7,true,false,null,{}],"
                        + "\"b\":{\"c\":\"\\u0001\\n\\\"\\\\ä😀\"},\"\":[]}";
        assertEquals(text, read(text).toString());
        String spaced = "\t" + text.replace(",", " ,\r\n ").replace(":", " : ") + "\n";
        assertEquals(text, read(spaced).toString());
        assertEquals(
                "\"/\\u0008\\u000c\\r\\tä😀\"",
                read("\"\\/\\b\\f\\r\\t\\u00e4\\ud83d\\uDE00\"").toString());
    }

    @Test
    void whatIsNotJsonIsRefusedWithItsPlace() {
        refuses("", "byte 1: want a value, got the end");
        refuses("{\"a\":1,}", "byte 8: want '\"', got '}'");
        refuses("{\"a\" 1}", "byte 6: want ':', got '1'");
        refuses("[1 2]", "byte 4: want ',', got '2'");
        refuses("[1,]", "byte 4: want a value, got ']'");
        refuses("{\"a\":1,\"a\":2}", "byte 11: want each name once, got ':'");
        refuses("\"a\nb\"", "byte 3: want no control character in a text, got character code 10");
        refuses("\"\\x41\"", "byte 3: want an escape that exists, got 'x'");
        refuses("\"\\ud83d\"", "byte 8: want '\\', got '\"'");
        refuses("\"\\ude00\"", "byte 8: want a whole surrogate pair, got '\"'");
        refuses("\"\\u12G4\"", "byte 6: want four hexadecimal digits, got 'G'");
        refuses("\"open", "byte 6: want '\"', got the end");
        refuses("tru", "byte 4: want 'e', got the end");
        refuses("01", "byte 2: want the end, got '1'");
        refuses("1 2", "byte 3: want the end, got '2'");
        refuses("-", "byte 2: want a value, got the end");
        refuses("1.", "byte 3: want a value, got the end");
        refuses("NaN", "byte 1: want a value, got 'N'");
        refuses("'a'", "byte 1: want a value, got '''");
        refuses("[".repeat(10), "byte 10: want at most 8 levels, got '['");
        assertThrows(
                JsonReader.Malformed.class,
                () -> JsonReader.read(new byte[] {'"', (byte) 0xc0, (byte) 0x80, '"'}, 0, 4));
    }

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
                String once = JsonReader.read(bytes, 0, bytes.length).toString();
                assertEquals(once, read(once).toString(), "seed " + seed + " run " + run);
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
                "byte 1: value: want {\"utf8\":\"…\"} or {\"base64\":\"…\"}");
        refusesItem(
                "{\"value\":{\"utf8\":\"x\"}}",
                "byte 1: key: want {\"utf8\":\"…\"} or {\"base64\":\"…\"}");
        refusesItem(key + "\"value\":{\"base64\":\"A\"}}", "byte 1: value: no base64");
        refusesItem(
                key + "\"value\":{\"utf8\":\"x\"},\"expire_at_ms\":1}",
                "byte 1: unknown member 'expire_at_ms'; did you mean expires_at_ms?");
        refusesItem(
                key + "\"value\":{\"utf8\":\"x\"},\"expires_at_ms\":-1}",
                "byte 1: expires_at_ms: want milliseconds since 1970");
    }

    private static Json read(String text) throws JsonReader.Malformed {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        return JsonReader.read(bytes, 0, bytes.length);
    }

    private static void refuses(String text, String message) {
        var error = assertThrows(JsonReader.Malformed.class, () -> read(text), text);
        assertEquals(message, error.getMessage(), text);
    }

    private static void refusesItem(String text, String message) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        var error =
                assertThrows(
                        JsonReader.Malformed.class, () -> JsonItem.read(bytes, 0, bytes.length));
        assertEquals(message, error.getMessage(), text);
    }
}
