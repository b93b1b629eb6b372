package norikv.client;

import java.util.Base64;
import norikv.bytes.Bytes;
import norikv.domain.ErrorCode;
import norikv.domain.NoriException;
import norikv.domain.ScanCursor;

/// Cursors as people copy them: `nk1.` and the bytes in base64 for addresses, without padding.
final class CursorText {
    private static final String PREFIX = "nk1.";

    private CursorText() {}

    static String of(ScanCursor cursor) {
        return PREFIX
                + Base64.getUrlEncoder()
                        .withoutPadding()
                        .encodeToString(cursor.encode().toByteArray());
    }

    /// {@return the bytes of the cursor that `text` spells; none for an empty text}
    ///
    /// **Errors.** [NoriException.Malformed] with `BAD_CURSOR` when it spells none.
    static Bytes parse(String text) {
        if (text.isEmpty()) {
            return Bytes.EMPTY;
        }
        if (text.length() > PREFIX.length() && text.startsWith(PREFIX)) {
            try {
                Bytes bytes =
                        Bytes.wrap(Base64.getUrlDecoder().decode(text.substring(PREFIX.length())));
                ScanCursor.decode(bytes);
                return bytes;
            } catch (IllegalArgumentException _) {
                // falls through to the one error for every malformed text
            }
        }
        String shown = text.length() > 40 ? text.substring(0, 40) + "…" : text;
        throw new NoriException.Malformed(
                ErrorCode.BAD_CURSOR, "cursor: nk1. and base64url, got '%s'".formatted(shown));
    }
}
