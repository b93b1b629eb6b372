package norikv.lsm;

/// One step of a random history: a record of numbers and truth values, so that it stands in a line
/// of text and means the same whatever options it is run under and whatever was taken out before.
///
/// What it finds impossible (a shard that is not there) it passes over; whether it does follows
/// from the [Model] only. To add one: write the record, and give it a line in the `KINDS` of its
/// file.
interface Operation {
    /// Does it, and requires of every answer that it is the model's.
    ///
    /// @return what the engine answered: the same under all options
    String run(World world);
}
