package norikv.server;

import java.util.Collection;

/// Finds the word that somebody probably wanted to write.
public final class DidYouMean {
    private DidYouMean() {}

    /// {@return `; did you mean WORD?`, or nothing if no word is near}
    public static String hint(String written, Collection<String> words) {
        String best = "";
        int bestDistance = Math.max(2, written.length() / 3) + 1;
        for (String word : words) {
            boolean begun = !written.isEmpty() && word.startsWith(written);
            int distance = begun ? 1 : distance(written, word);
            if (distance < bestDistance) {
                best = word;
                bestDistance = distance;
            }
        }
        return best.isEmpty() ? "" : "; did you mean " + best + "?";
    }

    /// {@return how many letters to insert, remove, replace or swap to get from `a` to `b`}
    static int distance(String a, String b) {
        int[] before = new int[b.length() + 1];
        int[] above = new int[b.length() + 1];
        int[] row = new int[b.length() + 1];
        for (int j = 0; j <= b.length(); j++) {
            above[j] = j;
        }
        for (int i = 1; i <= a.length(); i++) {
            row[0] = i;
            for (int j = 1; j <= b.length(); j++) {
                boolean same = a.charAt(i - 1) == b.charAt(j - 1);
                int replaced = above[j - 1] + (same ? 0 : 1);
                row[j] = Math.min(replaced, 1 + Math.min(above[j], row[j - 1]));
                if (i > 1
                        && j > 1
                        && a.charAt(i - 1) == b.charAt(j - 2)
                        && a.charAt(i - 2) == b.charAt(j - 1)) {
                    row[j] = Math.min(row[j], before[j - 2] + 1);
                }
            }
            int[] free = before;
            before = above;
            above = row;
            row = free;
        }
        return above[b.length()];
    }
}
