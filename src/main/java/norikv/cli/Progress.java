package norikv.cli;

import java.util.function.Supplier;

/// One line on a terminal that is written over and over; nothing where no person watches.
final class Progress {
    private static final long EVERY_NANOS = 250_000_000;

    private final Terminal terminal;
    private long nextNanos;
    private boolean shown;

    Progress(Terminal terminal) {
        this.terminal = terminal;
    }

    /// Shows `what done` now and then.
    void show(String what, long done) {
        show(() -> what + " " + done);
    }

    /// Shows a text now and then; it is asked for only then.
    void show(Supplier<String> text) {
        if (!terminal.interactive()) {
            return;
        }
        long now = terminal.loops().clock().nanoTime();
        if (!shown || now - nextNanos >= 0) {
            nextNanos = now + EVERY_NANOS;
            line(text.get());
        }
    }

    /// Shows `text` at once.
    void line(String text) {
        if (terminal.interactive()) {
            shown = true;
            terminal.err().print("\r" + text + "\u001b[K");
            terminal.err().flush();
        }
    }

    /// Takes the line away.
    void end() {
        if (shown) {
            terminal.err().print("\r\u001b[K");
            terminal.err().flush();
            shown = false;
        }
    }
}
