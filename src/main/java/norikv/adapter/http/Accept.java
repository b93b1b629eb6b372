package norikv.adapter.http;

import java.util.List;
import java.util.Locale;

/// Reads `Accept` and `Accept-Encoding`: which of the things we can send does the client want most?
///
/// **Source.** RFC 9110, sections 12.4.2, 12.5.1 and 12.5.3. What cannot be read counts as not
/// said.
final class Accept {
    private Accept() {}

    /// {@return how much `type` is wanted, 0 to 1, by a range that names it in full; -1 if none
    /// does}
    static double explicit(List<String> headers, String type) {
        double quality = -1;
        for (String header : headers) {
            for (String range : header.split(",")) {
                String[] parts = range.toLowerCase(Locale.ROOT).split(";", -1);
                if (parts[0].strip().equals(type)) {
                    quality = Math.max(quality, quality(parts));
                }
            }
        }
        return quality;
    }

    /// {@return how much `type` is wanted, 0 to 1, by the range that names it most exactly; 1 if
    /// the client did not say}
    static double quality(List<String> headers, String type) {
        if (headers.isEmpty()) {
            return 1;
        }
        String all = type.indexOf('/') < 0 ? "*" : "*/*";
        for (String range : List.of(type, type.replaceAll("/.*", "/*"), all)) {
            double quality = explicit(headers, range);
            if (quality >= 0) {
                return quality;
            }
        }
        return 0;
    }

    private static double quality(String[] parts) {
        for (int i = 1; i < parts.length; i++) {
            String parameter = parts[i].strip();
            if (parameter.startsWith("q=")) {
                try {
                    double quality = Double.parseDouble(parameter.substring(2));
                    return quality >= 0 && quality <= 1 ? quality : 0;
                } catch (NumberFormatException _) {
                    return 0;
                }
            }
        }
        return 1;
    }
}
