package norikv.cli;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/// Columns side by side. The heading is printed with the first rows; columns only get wider.
final class Table {
    private final List<String> heading;
    private final List<List<String>> rows = new ArrayList<>();
    private final int[] widths;

    Table(String... heading) {
        this.heading = List.of(heading);
        this.widths = new int[heading.length];
        add(this.heading);
    }

    void add(List<String> cells) {
        for (int i = 0; i < widths.length; i++) {
            String cell = cells.get(i);
            widths[i] = Math.max(widths[i], cell.codePointCount(0, cell.length()));
        }
        rows.add(cells);
    }

    /// Prints what was added since the last time.
    void flush(Terminal terminal) throws IOException {
        StringBuilder text = new StringBuilder();
        for (List<String> row : rows) {
            for (int i = 0; i < widths.length; i++) {
                String cell = row.get(i);
                text.append(cell);
                if (i < widths.length - 1) {
                    int used = cell.codePointCount(0, cell.length());
                    text.repeat(' ', widths[i] - used + 2);
                }
            }
            text.append('\n');
        }
        rows.clear();
        terminal.print(text.toString());
    }
}
