package norikv.adapter.http;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import norikv.domain.Reply;

/// Writes checks as probes and people read them.
///
/// ```text
/// [+]wal ok
/// [-]quorum failed: 12 shards without leader
/// readyz check failed
/// ```
///
/// @param name `livez`, `readyz` or `startupz`
/// @param checks those that count
/// @param unknown names to exclude that no check has
record HealthPage(String name, List<Reply.Check> checks, List<String> unknown) {
    /// {@return the page of `checks` without those named in `excluded`}
    static HealthPage of(String name, List<Reply.Check> checks, Set<String> excluded) {
        List<Reply.Check> counted = new ArrayList<>();
        List<String> unknown = new ArrayList<>(excluded);
        for (Reply.Check check : checks) {
            if (!excluded.contains(check.name())) {
                counted.add(check);
            }
            unknown.remove(check.name());
        }
        return new HealthPage(name, counted, unknown);
    }

    boolean passed() {
        for (Reply.Check check : checks) {
            if (!check.ok()) {
                return false;
            }
        }
        return true;
    }

    int status() {
        return passed() ? 200 : 503;
    }

    /// {@return `ok`, or every check on a line where asked for or where one failed}
    String text(boolean verbose) {
        if (passed() && !verbose) {
            return "ok";
        }
        StringBuilder text = new StringBuilder();
        for (Reply.Check check : checks) {
            text.append(check.ok() ? "[+]" : "[-]").append(check.name());
            text.append(check.ok() ? " ok" : " failed");
            text.append(check.detail().isEmpty() ? "" : ": " + check.detail());
            text.append('\n');
        }
        for (String name : unknown) {
            text.append("warning: no check is called ").append(name).append('\n');
        }
        text.append(name).append(passed() ? " check passed\n" : " check failed\n");
        return text.toString();
    }

    String json() {
        StringBuilder json = new StringBuilder();
        json.append("{\"status\":\"").append(passed() ? "ok" : "failed").append("\",\"checks\":[");
        String between = "";
        for (Reply.Check check : checks) {
            json.append(between).append("{\"name\":");
            quote(json, check.name());
            json.append(",\"ok\":").append(check.ok()).append(",\"detail\":");
            quote(json, check.detail());
            json.append('}');
            between = ",";
        }
        return json.append("]}\n").toString();
    }

    private static void quote(StringBuilder json, String text) {
        json.append('"');
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '"' || c == '\\') {
                json.append('\\').append(c);
            } else if (c < ' ') {
                json.append("\\u00").append(Character.forDigit(c >> 4, 16));
                json.append(Character.forDigit(c & 15, 16));
            } else {
                json.append(c);
            }
        }
        json.append('"');
    }
}
