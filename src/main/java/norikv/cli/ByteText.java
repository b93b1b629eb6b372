package norikv.cli;

import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.HexFormat;
import norikv.bytes.Bytes;
import norikv.bytes.Utf8;

/// How keys and values are written as text. What [#show] writes, [#parse] reads as the same bytes.
enum ByteText {
    /// Text as it is; bytes that are no printable text are `\xNN`. A backslash stands for itself
    /// unless `xNN` follows it.
    UTF8 {
        @Override
        Bytes parse(String what, String text) {
            return parseUtf8(what, text);
        }

        @Override
        String show(Bytes bytes) {
            return showUtf8(bytes, false);
        }
    },
    /// Hexadecimal digits.
    HEX {
        @Override
        Bytes parse(String what, String text) {
            try {
                return Bytes.hex(text);
            } catch (IllegalArgumentException _) {
                throw Complaint.usage(
                        "%s: want pairs of hexadecimal digits, got '%s'"
                                .formatted(what, shortened(text)),
                        "");
            }
        }

        @Override
        String show(Bytes bytes) {
            return bytes.toHex();
        }
    },
    /// Base64, with padding.
    BASE64 {
        @Override
        Bytes parse(String what, String text) {
            try {
                return Bytes.wrap(Base64.getDecoder().decode(text));
            } catch (IllegalArgumentException _) {
                throw Complaint.usage(
                        "%s: want base64, got '%s'".formatted(what, shortened(text)), "");
            }
        }

        @Override
        String show(Bytes bytes) {
            return Base64.getEncoder().encodeToString(bytes.toByteArray());
        }
    };

    private static final int SHOWN_CHARS_MAX = 40;

    /// {@return what the flags of a command line ask for}
    static ByteText of(Arguments arguments) {
        if (arguments.has(Option.HEX) && arguments.has(Option.BASE64)) {
            throw Complaint.usage("--hex and --base64 exclude each other", "");
        }
        if (arguments.has(Option.HEX)) {
            return HEX;
        }
        return arguments.has(Option.BASE64) ? BASE64 : UTF8;
    }

    /// {@return the bytes that `text` spells}
    ///
    /// @param what what it is, for the error
    abstract Bytes parse(String what, String text);

    /// {@return the text that spells `bytes`, on one line}
    abstract String show(Bytes bytes);

    /// {@return `bytes` for reading, not for [#parse]: as [#UTF8] shows it, but with its line ends,
    /// tabs and every backslash as they are}
    static String showText(Bytes bytes) {
        return showUtf8(bytes, true);
    }

    private static Bytes parseUtf8(String what, String text) {
        byte[] encoded = text.getBytes(StandardCharsets.UTF_8);
        boolean whole = new String(encoded, StandardCharsets.UTF_8).equals(text);
        if (!whole || text.indexOf('\uFFFD') >= 0) {
            throw Complaint.usage(
                    what + ": the locale lost some characters on the way here",
                    "set LC_ALL=C.UTF-8, or write the bytes as \\xNN, --hex or --base64");
        }
        int to = 0;
        for (int from = 0; from < encoded.length; to++) {
            if (isEscape(encoded, from, encoded.length)) {
                encoded[to] = (byte) HexFormat.fromHexDigits(text(encoded, from + 2), 0, 2);
                from += 4;
            } else {
                encoded[to] = encoded[from];
                from++;
            }
        }
        return Bytes.copyOf(encoded, 0, to);
    }

    private static String showUtf8(Bytes bytes, boolean forReading) {
        byte[] array = bytes.array();
        int end = bytes.offset() + bytes.length();
        StringBuilder out = new StringBuilder(bytes.length());
        int at = bytes.offset();
        while (at < end) {
            int length = Utf8.lengthAt(array, at, end);
            int point = length == 0 ? -1 : Utf8.codePointAt(array, at, length);
            boolean space = forReading && (point == '\n' || point == '\t');
            boolean ambiguous = !forReading && point == '\\' && isEscape(array, at, end);
            if (point >= 0 && (space || !isControl(point)) && !ambiguous) {
                out.appendCodePoint(point);
                at += length;
            } else {
                out.append("\\x").append(HexFormat.of().toHexDigits(array[at]));
                at++;
            }
        }
        return out.toString();
    }

    private static boolean isEscape(byte[] array, int at, int end) {
        return at + 4 <= end
                && array[at] == '\\'
                && array[at + 1] == 'x'
                && HexFormat.isHexDigit(array[at + 2])
                && HexFormat.isHexDigit(array[at + 3]);
    }

    /// What would move the cursor, change the terminal, or look like a lost character.
    private static boolean isControl(int point) {
        return point < ' '
                || point >= 0x7f && point < 0xa0
                || point == 0x2028
                || point == 0x2029
                || point == 0xFFFD;
    }

    private static String text(byte[] ascii, int at) {
        return new String(ascii, at, 2, StandardCharsets.US_ASCII);
    }

    private static String shortened(String text) {
        return text.length() <= SHOWN_CHARS_MAX ? text : text.substring(0, SHOWN_CHARS_MAX) + "…";
    }
}
