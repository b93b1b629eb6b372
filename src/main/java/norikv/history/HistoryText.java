package norikv.history;

import java.util.ArrayList;
import java.util.List;
import norikv.bytes.Bytes;
import norikv.domain.NoriException;
import norikv.json.JsonReader;

/// A whole history as text: one [HistoryLine] an operation, in any order.
///
/// **Limits.** [#LINE_BYTES_MAX] and [#OPERATIONS_MAX]. **Errors.** [NoriException.Malformed] with
/// the line, counted from 1. **Source.** `wire/history.md`.
public final class HistoryText {
    /// The longest line, bytes: the longest key and value with every byte of them escaped.
    public static final int LINE_BYTES_MAX = 8 << 20;

    /// The most operations of one history.
    public static final int OPERATIONS_MAX = 10_000_000;

    private HistoryText() {}

    /// {@return `history` with a line for each operation}
    public static String write(List<Operation> history) {
        StringBuilder out = new StringBuilder();
        for (Operation operation : history) {
            out.append(HistoryLine.write(operation)).append('\n');
        }
        return out.toString();
    }

    /// {@return the operations that the lines of `text` spell} Empty lines are passed over.
    public static List<Operation> read(Bytes text) {
        List<Operation> history = new ArrayList<>();
        byte[] array = text.array();
        int end = text.offset() + text.length();
        int line = 0;
        for (int from = text.offset(); from < end; ) {
            int to = from;
            while (to < end && array[to] != '\n') {
                to++;
            }
            line++;
            if (to > from) {
                history.add(read(array, from, to, line));
            }
            if (history.size() > OPERATIONS_MAX) {
                throw malformed(line, "want at most " + OPERATIONS_MAX + " operations");
            }
            from = to + 1;
        }
        return history;
    }

    private static Operation read(byte[] array, int from, int to, int line) {
        if (to - from > LINE_BYTES_MAX) {
            throw malformed(line, "want at most " + LINE_BYTES_MAX + " bytes");
        }
        try {
            return HistoryLine.read(array, from, to);
        } catch (JsonReader.Malformed e) {
            throw malformed(line, e.getMessage());
        }
    }

    private static NoriException malformed(int line, String what) {
        return NoriException.invalid("history line " + line + ": " + what);
    }
}
