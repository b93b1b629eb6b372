package norikv.disk;

/// What a name of a simulated directory stands for.
sealed interface SimNode permits SimContent, SimFolder {
    /// {@return what is left of this after a crash; this itself stays as it is}
    SimNode survivor(SimCrash crash);
}
