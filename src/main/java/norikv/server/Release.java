package norikv.server;

/// Which NoriKV this is. A test compares it with the build file.
public final class Release {
    /// The version, as the build file has it without `-SNAPSHOT`.
    public static final String VERSION = "0.1.0";

    private Release() {}
}
