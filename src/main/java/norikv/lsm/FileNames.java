package norikv.lsm;

import java.util.OptionalLong;

/// What the files of an engine are called.
final class FileNames {
    /// Room that is held back.
    static final String RESERVE = "reserve";

    private static final String TABLE_SUFFIX = ".sst";

    private static final int DIGITS_MIN = 6;
    private static final int DIGITS_MAX = 18;

    private FileNames() {}

    static String table(long number) {
        return "%06d%s".formatted(number, TABLE_SUFFIX);
    }

    /// {@return the number of a table's file, if `name` is one's}
    static OptionalLong tableNumber(String name) {
        return name.endsWith(TABLE_SUFFIX)
                ? number(name.substring(0, name.length() - TABLE_SUFFIX.length()))
                : OptionalLong.empty();
    }

    /// {@return the number of a manifest, if `name` is one's}
    static OptionalLong manifestNumber(String name) {
        return name.startsWith(Manifest.PREFIX)
                ? number(name.substring(Manifest.PREFIX.length()))
                : OptionalLong.empty();
    }

    /// {@return whether the engine made a file of this name}
    static boolean isOurs(String name) {
        return name.equals(Manifest.CURRENT)
                || name.equals(Manifest.CURRENT_TMP)
                || tableNumber(name).isPresent()
                || manifestNumber(name).isPresent();
    }

    private static OptionalLong number(String digits) {
        boolean isNumber = digits.length() >= DIGITS_MIN && digits.length() <= DIGITS_MAX;
        return isNumber && digits.chars().allMatch(FileNames::isDigit)
                ? OptionalLong.of(Long.parseLong(digits))
                : OptionalLong.empty();
    }

    private static boolean isDigit(int c) {
        return c >= '0' && c <= '9';
    }
}
