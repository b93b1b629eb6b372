package norikv.bytes;

/// Looks at bytes as UTF-8, one character at a time. **Source.** RFC 3629.
public final class Utf8 {
    private Utf8() {}

    /// {@return how many bytes the character at `at` takes, 1 to 4; 0 if none stands there}
    public static int lengthAt(byte[] array, int at, int end) {
        int first = array[at] & 0xff;
        int length;
        if (first < 0x80) {
            return 1;
        } else if (first >= 0xc2 && first < 0xe0) {
            length = 2;
        } else if (first >= 0xe0 && first < 0xf0) {
            length = 3;
        } else if (first >= 0xf0 && first < 0xf5) {
            length = 4;
        } else {
            return 0;
        }
        if (at + length > end) {
            return 0;
        }
        for (int i = 1; i < length; i++) {
            if ((array[at + i] & 0xc0) != 0x80) {
                return 0;
            }
        }
        int point = codePointAt(array, at, length);
        boolean overlong = length == 3 && point < 0x800 || length == 4 && point < 0x10000;
        boolean surrogate = point >= 0xd800 && point < 0xe000;
        return overlong || surrogate || point > 0x10ffff ? 0 : length;
    }

    /// {@return the character of `length` bytes at `at`}
    public static int codePointAt(byte[] array, int at, int length) {
        if (length == 1) {
            return array[at];
        }
        int point = array[at] & 0xff >>> length + 1;
        for (int i = 1; i < length; i++) {
            point = point << 6 | array[at + i] & 0x3f;
        }
        return point;
    }

    /// {@return whether all of it is UTF-8}
    public static boolean isValid(byte[] array, int from, int end) {
        int at = from;
        while (at < end) {
            int length = lengthAt(array, at, end);
            if (length == 0) {
                return false;
            }
            at += length;
        }
        return true;
    }
}
