package norikv.embedded;

/// Switches the assertions of our packages on, as the launcher does for a server: the quarantine of
/// what is damaged rests on them. Classes that are in use already stay as they are.
final class Assertions {
    private Assertions() {}

    static void switchOn() {
        Assertions.class.getClassLoader().setPackageAssertionStatus("norikv", true);
    }
}
