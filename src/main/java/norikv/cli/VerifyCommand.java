package norikv.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import norikv.disk.Disk;
import norikv.disk.FileFault;
import norikv.disk.ReadOnlyDisk;
import norikv.domain.ErrorCode;
import norikv.json.Json;

/// `norikv verify DIR`: reads all of a data folder, of a node or of a store, and tells each fault
/// with its file and offset. It changes nothing, and wants the folder to be nobody's meanwhile.
final class VerifyCommand implements Command {
    static final Option QUIET = new Option("--quiet", "-q", "", "no progress");

    private static final int BAR = 30;

    @Override
    public int run(Arguments arguments, Terminal terminal) throws IOException {
        String folder = arguments.operands(1, 1).getFirst();
        boolean json = arguments.output(terminal, "text", "json").equals("json");
        Progress progress = new Progress(terminal);
        boolean quiet = arguments.has(QUIET);
        Disk disk = ReadOnlyDisk.open(Path.of(folder));
        var kind = Verification.kindOf(disk);
        var found = new Verification(disk, kind);
        try (Disk.DiskLock _ = disk.lock(kind.lock)) {
            found.run(
                    (done, total) -> {
                        if (!quiet) {
                            progress.show(() -> bar(done, total));
                        }
                    });
        } finally {
            progress.end();
        }
        terminal.print(json ? json(folder, kind, found) + "\n" : text(folder, kind, found));
        if (found.faultCount() > 0) {
            throw new Complaint(
                    ErrorCode.CORRUPTION.name(),
                    ErrorCode.CORRUPTION.exitCode(),
                    "verify: %d faults in %s".formatted(found.faultCount(), folder),
                    List.of(),
                    "keep the folder as it is, and rebuild it from a replica or a checkpoint");
        }
        return 0;
    }

    private static String bar(long done, long total) {
        int full = total == 0 ? BAR : (int) (BAR * done / total);
        return "verify: [%s%s] %d%% of %,d MiB"
                .formatted(
                        "#".repeat(full),
                        ".".repeat(BAR - full),
                        total == 0 ? 100 : 100 * done / total,
                        total >> 20);
    }

    private static String text(String folder, Verification.Kind kind, Verification found) {
        StringBuilder text = new StringBuilder();
        for (FileFault fault : found.faults()) {
            text.append(fault.message()).append('\n');
        }
        if (found.faultCount() > found.faults().size()) {
            long more = found.faultCount() - found.faults().size();
            text.append("and %d more faults\n".formatted(more));
        }
        found.orphans()
                .forEach(path -> text.append("note: nothing names ").append(path).append('\n'));
        text.append(
                "%s: a %s's folder, %d tables, %d log segments, %d records, %,d bytes: %s\n"
                        .formatted(
                                folder,
                                kind.word,
                                found.tables(),
                                found.segments(),
                                found.records(),
                                found.bytes(),
                                found.faultCount() == 0
                                        ? "sound"
                                        : found.faultCount() + " faults"));
        return text.toString();
    }

    private static Json json(String folder, Verification.Kind kind, Verification found) {
        Json.Arr faults = Json.array();
        for (FileFault fault : found.faults()) {
            faults.elements()
                    .add(
                            Json.object()
                                    .with("file", fault.path())
                                    .with("offset", fault.offset())
                                    .with("message", fault.message()));
        }
        return Json.object()
                .with("ok", found.faultCount() == 0)
                .with("folder", folder)
                .with("kind", kind.word)
                .with("tables", found.tables())
                .with("log_segments", found.segments())
                .with("log_records", found.records())
                .with("bytes", found.bytes())
                .with("faults_total", found.faultCount())
                .with("faults", faults)
                .with("orphans", Json.strings(found.orphans()));
    }
}
