package norikv.json;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.junit.jupiter.api.Test;

/// What is JSON and what is not.
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
            } catch (JsonReader.Malformed _) {
                // the one answer to what is wrong
            }
        }
    }

    private static Json read(String text) throws JsonReader.Malformed {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        return JsonReader.read(bytes, 0, bytes.length);
    }

    private static void refuses(String text, String message) {
        var error = assertThrows(JsonReader.Malformed.class, () -> read(text), text);
        assertEquals(message, error.getMessage(), text);
    }
}
