package norikv.cli;

import java.nio.file.Path;
import norikv.disk.FileDisk;
import norikv.disk.UnforcedDisk;

/// `norikv server` as people start it, but for its disk: that can be told to fail a force, by the
/// file that the system property names.
public final class ServerOnUnforcedDisk {
    /// Names the file of [UnforcedDisk].
    public static final String COMMAND = "unforced.command";

    private ServerOnUnforcedDisk() {}

    /// As [Main#main].
    public static void main(String[] args) throws Exception {
        Main.class.getClassLoader().setPackageAssertionStatus("norikv", true);
        Path command = Path.of(System.getProperty(COMMAND));
        var server =
                new ServerCommand(folder -> new UnforcedDisk(FileDisk.open(folder), command));
        System.exit(server.run(Arguments.parse(args), Terminal.ofProcess()));
    }
}
