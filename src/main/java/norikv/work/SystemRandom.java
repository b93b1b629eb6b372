package norikv.work;

import java.security.SecureRandom;
import java.util.random.RandomGenerator;

/// The one source of chance there is, for identities and salts. Everything else gets chance as a
/// value, and tests give a seed.
///
/// **Threads.** Any.
public final class SystemRandom implements RandomGenerator {
    private final SecureRandom source = new SecureRandom();

    /// The machine's chance.
    public SystemRandom() {}

    @Override
    public long nextLong() {
        return source.nextLong();
    }
}
