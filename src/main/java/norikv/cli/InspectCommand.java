package norikv.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import norikv.disk.Disk;
import norikv.disk.FileFault;
import norikv.disk.ReadOnlyDisk;
import norikv.domain.ErrorCode;
import norikv.domain.NoriException;
import norikv.json.Json;
import norikv.lsm.ManifestInspection;
import norikv.sstable.Table;
import norikv.sstable.TableFacts;
import norikv.sstable.TableVerifier;
import norikv.wal.WalVerifier;

/// `norikv inspect wal|sst|manifest FILE`: shows what a file holds, as far as it checks out, and
/// where the first damage is. Keys and values are not shown. It changes nothing.
///
/// A torn end is no damage: what follows the last frame of a log or manifest was not acknowledged.
final class InspectCommand implements Command {
    static final Option LIMIT = Option.of("--limit", "N", "how many parts to show (100)");

    private static final int LIMIT_DEFAULT = 100;
    private static final int LIMIT_MAX = 1_000_000;

    /// What is shown: facts, parts, and what is wrong.
    private final Json.Obj facts = Json.object();
    private final List<Json.Obj> parts = new ArrayList<>();
    private long partCount;
    private Optional<FileFault> damage = Optional.empty();
    private long limit = LIMIT_DEFAULT;

    @Override
    public int run(Arguments arguments, Terminal terminal) throws IOException {
        List<String> operands = arguments.operands(2, 2);
        limit = arguments.whole(LIMIT, 0, LIMIT_MAX, LIMIT_DEFAULT);
        boolean json = arguments.output(terminal, "text", "json").equals("json");
        Path path = Path.of(operands.get(1)).toAbsolutePath().normalize();
        if (!Files.isRegularFile(path)) {
            throw Complaint.usage("inspect: a file, got " + operands.get(1), "");
        }
        Disk disk = ReadOnlyDisk.open(path.getParent());
        String name = path.getFileName().toString();
        facts.with("file", operands.get(1)).with("kind", operands.getFirst());
        try {
            switch (operands.getFirst()) {
                case "wal" -> wal(disk, name);
                case "sst" -> table(disk, name);
                case "manifest" -> manifest(disk, name);
                default ->
                        throw Complaint.usage(
                                "inspect: want wal, sst or manifest, got '%s'"
                                        .formatted(operands.getFirst()),
                                "norikv help inspect");
            }
        } catch (NoriException.Corruption e) {
            damage = Optional.of(FileFault.of(name, e));
        }
        terminal.print(json ? json() + "\n" : text());
        return damage.isEmpty() ? 0 : ErrorCode.CORRUPTION.exitCode();
    }

    private void add(Json.Obj part) {
        partCount++;
        if (parts.size() < limit) {
            parts.add(part);
        }
    }

    private void wal(Disk disk, String name) {
        var frames =
                new WalVerifier.Listener() {
                    private boolean ended;
                    private long synced;

                    @Override
                    public void header(long segment, long bytes, long first, int previousCrc) {
                        facts.with("segment", segment)
                                .with("segment_bytes", bytes)
                                .with("first_segment", first)
                                .with("previous_crc", "%08x".formatted(previousCrc));
                    }

                    @Override
                    public void frame(WalVerifier.FrameFacts frame) {
                        ended |= frame.end();
                        synced = Math.max(synced, frame.synced());
                        add(
                                Json.object()
                                        .with("offset", frame.offset())
                                        .with("bytes", frame.bytes())
                                        .with("sequence", frame.sequence())
                                        .with("records", frame.records())
                                        .with("synced", frame.synced())
                                        .with("end", frame.end()));
                    }
                };
        long end = WalVerifier.inspect(disk, name, frames);
        facts.with("ends", frames.ended ? "closed" : "open").with("end", end);
        damage = frames.ended ? Optional.empty() : WalVerifier.damageAt(disk, name, end);
    }

    private void table(Disk disk, String name) {
        long number = Table.numberOf(disk, name);
        try (Table table = Table.open(disk, name, number)) {
            TableFacts told = table.facts();
            facts.with("number", number)
                    .with("bytes", told.bytes())
                    .with("reason", told.reason().name().toLowerCase(java.util.Locale.ROOT))
                    .with("compressed", table.isCompressed())
                    .with("entries", told.entries())
                    .with("deletes", told.deletes())
                    .with("min_key_bytes", told.minKey().length())
                    .with("max_key_bytes", told.maxKey().length())
                    .with("min_index", told.minIndex())
                    .with("max_index", told.maxIndex())
                    .with("min_expiry_ms", told.minExpiryMillis())
                    .with("max_expiry_ms", told.maxExpiryMillis())
                    .with("content_hash", "%016x".formatted(told.contentHash()))
                    .with("tablets", told.tablets().size());
            for (int block = 0; block < table.blockCount(); block++) {
                long at = table.blockOffset(block);
                add(
                        Json.object()
                                .with("offset", at)
                                .with("bytes", table.blockOffset(block + 1) - at));
            }
            List<FileFault> faults = new ArrayList<>();
            var verifier =
                    new TableVerifier(
                            table,
                            f -> {
                                if (faults.isEmpty()) {
                                    faults.add(new FileFault(f.path(), f.offset(), f.message()));
                                }
                            });
            while (verifier.step(Integer.MAX_VALUE / 2) && faults.isEmpty()) {
                // up to the first fault
            }
            damage = faults.stream().findFirst();
        }
    }

    private void manifest(Disk disk, String name) {
        ManifestInspection found = ManifestInspection.of(disk, name);
        facts.with("number", found.number()).with("acknowledged_end", found.acknowledgedEnd());
        for (ManifestInspection.Frame frame : found.frames()) {
            add(
                    Json.object()
                            .with("offset", frame.offset())
                            .with("edits", Json.strings(frame.edits())));
        }
        damage = found.damage();
    }

    private Json json() {
        Json.Arr shown = Json.array();
        shown.elements().addAll(parts);
        return facts.with("ok", damage.isEmpty())
                .with("parts_total", partCount)
                .with("parts", shown)
                .with(
                        "first_damage",
                        damage.<Json>map(
                                        fault ->
                                                Json.object()
                                                        .with("offset", fault.offset())
                                                        .with("message", fault.message()))
                                .orElse(new Json.Null()));
    }

    private String text() {
        StringBuilder text = new StringBuilder();
        facts.members().forEach((name, value) -> text.append(line(name, value)));
        for (Json.Obj part : parts) {
            StringBuilder line = new StringBuilder(" ");
            part.members().forEach((name, value) -> line.append(' ').append(words(name, value)));
            text.append(line).append('\n');
        }
        if (partCount > parts.size()) {
            text.append("  … and %d more\n".formatted(partCount - parts.size()));
        }
        text.append(damage.map(f -> "first damage: " + f.message()).orElse("no damage"));
        return text.append('\n').toString();
    }

    private static String line(String name, Json value) {
        return "%s: %s\n".formatted(name, plain(value));
    }

    private static String words(String name, Json value) {
        return name.equals("edits") ? plain(value) : name + "=" + plain(value);
    }

    private static String plain(Json value) {
        return switch (value) {
            case Json.Str(var text) -> text;
            case Json.Arr(var elements) ->
                    String.join("; ", elements.stream().map(InspectCommand::plain).toList());
            default -> value.toString();
        };
    }
}
