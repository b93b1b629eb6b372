package norikv.torture;

import norikv.bytes.Bytes;

/// Values as long as a run wants them, of which a history need only hold the part that differs.
///
/// @param bytes how long a value is at least
record Padding(int bytes) {
    private static final byte MARK = '|';

    /// {@return the value that stands for `name`, which has no mark in it}
    Bytes full(Bytes name) {
        int length = name.length();
        byte[] value = new byte[Math.max(bytes, length + 1)];
        for (int i = 0; i < value.length; i++) {
            value[i] = i == length ? MARK : name.byteAt(i % (length + 1) % length);
        }
        return Bytes.wrap(value);
    }

    /// {@return the name that `value` stands for; all of `value` where it is none that [#full]
    /// makes, and so one that nobody wrote}
    Bytes name(Bytes value) {
        int mark = 0;
        while (mark < value.length() && value.byteAt(mark) != MARK) {
            mark++;
        }
        Bytes name = value.slice(0, mark);
        return mark > 0 && full(name).equals(value) ? name : value;
    }
}
