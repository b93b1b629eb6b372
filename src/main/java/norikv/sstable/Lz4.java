package norikv.sstable;

import java.util.Arrays;

/// Packs the bytes of one block and unpacks them again, in the LZ4 block format: sequences of some
/// bytes as they are and of a match with what came at most 64 KiB before.
///
/// ```
/// sequence   u8 token: upper half l, lower half m
///            u8[]  only if l is 15: added to l, up to the first that is not 255
///            u8[l] the bytes as they are
///            u16   how far back the match begins, 1 or more     }
///            u8[]  only if m is 15: added to m, as for l        } not in the last sequence
///            then copy m + 4 bytes                              }
/// ```
///
/// **Unpacking** believes nothing: whatever the bytes are, it stays in its arrays and says in time
/// linear in the result whether they are what some packing gives. Where there is room for it, it
/// copies whole words: what that writes too much is overwritten by what follows. **Packing** is
/// greedy: it takes the last place where the same four bytes stood. **Threads.** Packing is
/// confined to one. **Source.** The LZ4 block format description, `lz4_Block_format.md`.
final class Lz4 {
    private static final int MATCH_MIN = 4;
    private static final int DISTANCE_MAX = 0xffff;
    private static final int NIBBLE_MAX = 15;

    /// The last match begins so many bytes before the end, and ends so many: part of the format.
    private static final int LAST_MATCH_BYTES = 12;

    private static final int LAST_LITERALS_BYTES = 5;

    private static final int WORD_BYTES = Long.BYTES;

    private static final int HASH_BITS = 12;
    private static final int HASH_FACTOR = 0x9E37_79B1;

    /// After so many places in vain, as a power of two, the next ones are further apart.
    private static final int SKIP_BITS = 6;

    /// For each hash of four bytes, the last place where some of that hash stood, plus one.
    private final int[] places = new int[1 << HASH_BITS];

    /// Packs `from` from `start` to `end` into the first `room` bytes of `to`.
    ///
    /// @return how many bytes that took, or −1 if they were too few
    int pack(byte[] from, int start, int end, byte[] to, int room) {
        Arrays.fill(places, 0);
        int limit = end - LAST_MATCH_BYTES;
        int literals = start;
        int at = start;
        int out = 0;
        while (at < limit) {
            int place = hash(Keys.i32(from, at));
            int candidate = places[place] - 1;
            places[place] = at + 1;
            if (candidate < 0
                    || at - candidate > DISTANCE_MAX
                    || Keys.i32(from, candidate) != Keys.i32(from, at)) {
                at += 1 + (at - literals >>> SKIP_BITS);
                continue;
            }
            int length = MATCH_MIN;
            while (at + length < end - LAST_LITERALS_BYTES
                    && from[candidate + length] == from[at + length]) {
                length++;
            }
            out = putSequence(from, literals, at, to, out, room, length - MATCH_MIN);
            if (out < 0) {
                return -1;
            }
            to[out++] = (byte) (at - candidate);
            to[out++] = (byte) (at - candidate >>> 8);
            out = putRest(to, out, length - MATCH_MIN);
            at += length;
            literals = at;
        }
        return putSequence(from, literals, end, to, out, room, 0);
    }

    /// Puts a token and the bytes from `start` to `end` as they are; −1 if there is no room for
    /// them, or for a match of `match` behind them.
    private static int putSequence(
            byte[] from, int start, int end, byte[] to, int out, int room, int match) {
        int literals = end - start;
        int most = 1 + literals / 255 + 1 + literals + Short.BYTES + match / 255 + 1;
        if (room - out < most) {
            return -1;
        }
        int low = Math.min(match, NIBBLE_MAX);
        to[out] = (byte) (Math.min(literals, NIBBLE_MAX) << 4 | low);
        int at = putRest(to, out + 1, literals);
        System.arraycopy(from, start, to, at, literals);
        return at + literals;
    }

    private static int putRest(byte[] to, int out, int length) {
        int at = out;
        if (length >= NIBBLE_MAX) {
            int left = length - NIBBLE_MAX;
            for (; left >= 255; left -= 255) {
                to[at++] = (byte) 255;
            }
            to[at++] = (byte) left;
        }
        return at;
    }

    private static int hash(int four) {
        return four * HASH_FACTOR >>> Integer.SIZE - HASH_BITS;
    }

    /// Unpacks `from` from `start` to `end` into the first `length` bytes of `to`.
    ///
    /// @return whether they were exactly that many; if not, what is in them means nothing
    static boolean unpack(byte[] from, int start, int end, byte[] to, int length) {
        int at = start;
        int out = 0;
        while (at < end) {
            int token = from[at++] & 0xff;
            int literals = token >>> 4;
            if (literals == NIBBLE_MAX) {
                int more;
                do {
                    if (at == end || literals > length) {
                        return false;
                    }
                    more = from[at++] & 0xff;
                    literals += more;
                } while (more == 255);
            }
            if (literals > end - at || literals > length - out) {
                return false;
            }
            boolean roomy = Math.min(end - at, length - out) >= 2 * WORD_BYTES;
            if (roomy && literals <= 2 * WORD_BYTES) {
                Keys.putI64(to, out, Keys.i64(from, at));
                Keys.putI64(to, out + WORD_BYTES, Keys.i64(from, at + WORD_BYTES));
            } else {
                System.arraycopy(from, at, to, out, literals);
            }
            at += literals;
            out += literals;
            if (at == end) {
                return out == length;
            }
            if (end - at < Short.BYTES) {
                return false;
            }
            int distance = Keys.u16(from, at);
            at += Short.BYTES;
            int match = token & NIBBLE_MAX;
            if (match == NIBBLE_MAX) {
                int more;
                do {
                    if (at == end || match > length) {
                        return false;
                    }
                    more = from[at++] & 0xff;
                    match += more;
                } while (more == 255);
            }
            match += MATCH_MIN;
            if (distance == 0 || distance > out || match > length - out) {
                return false;
            }
            copyMatch(to, out, distance, match, length);
            out += match;
        }
        return false;
    }

    /// A match may reach into itself: then it repeats what is there already, and each copy doubles
    /// what can be copied next.
    private static void copyMatch(byte[] to, int out, int distance, int length, int end) {
        int from = out - distance;
        if (distance >= WORD_BYTES && end - out - length >= WORD_BYTES) {
            for (int done = 0; done < length; done += WORD_BYTES) {
                Keys.putI64(to, out + done, Keys.i64(to, from + done));
            }
            return;
        }
        int done = 0;
        while (done < length) {
            int piece = Math.min(distance + done, length - done);
            System.arraycopy(to, from, to, out + done, piece);
            done += piece;
        }
    }
}
