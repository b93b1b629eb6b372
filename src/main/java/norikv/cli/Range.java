package norikv.cli;

import java.time.Duration;
import java.util.List;
import norikv.bytes.Bytes;
import norikv.client.ScanOptions;

/// Which keys a verb is about: all that begin with a prefix, or those from one key to another.
final class Range {
    static final Option FROM = Option.of("--from", "KEY", "the least key");
    static final Option TO = Option.of("--to", "KEY", "the least key beyond the range");

    private Range() {}

    /// {@return `defaults` for the range that the command line names, no older than it says}
    static ScanOptions of(Arguments arguments, ByteText text, ScanOptions defaults) {
        List<String> operands = arguments.operands(0, 1);
        ScanOptions options =
                arguments.has(GetCommand.MAX_STALENESS)
                        ? defaults.withMaxStaleness(
                                arguments.time(GetCommand.MAX_STALENESS, Duration.ZERO))
                        : defaults;
        if (operands.isEmpty()) {
            Bytes from = text.parse("--from", arguments.value(FROM, ""));
            Bytes to = text.parse("--to", arguments.value(TO, ""));
            return options.withRange(from, to);
        }
        if (arguments.has(FROM) || arguments.has(TO)) {
            throw Complaint.usage("a prefix excludes --from and --to", "");
        }
        return options.withPrefix(text.parse("prefix", operands.getFirst()));
    }
}
