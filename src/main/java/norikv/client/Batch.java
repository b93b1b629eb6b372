package norikv.client;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import norikv.bytes.Bytes;
import norikv.domain.Reply;
import norikv.domain.Request;

/// Operations that have nothing to do with each other, sent in one request: each succeeds or fails
/// by itself, in no particular order. Made by [Norikv#batch()].
///
/// **Limits.** [norikv.domain.Limits#BATCH_OPERATIONS_MAX] operations and
/// [norikv.domain.Limits#REQUEST_BYTES_MAX] bytes. **Threads.** Confined to one.
public final class Batch {
    private final Norikv client;
    private final List<Request.Single> operations = new ArrayList<>();
    private Duration deadline;

    Batch(Norikv client, Duration deadline) {
        this.client = client;
        this.deadline = deadline;
    }

    /// How long all of it may take; by default what the client was opened with.
    public Batch withDeadline(Duration limit) {
        ClientOptions.checkDeadline("deadline", limit);
        deadline = limit;
        return this;
    }

    /// Adds a read. Of the options the deadline does not count.
    public Batch get(Bytes key, GetOptions options) {
        operations.add(options.request(key));
        return this;
    }

    public Batch get(String key) {
        return get(Bytes.utf8(key), client.options().toGet());
    }

    /// Adds a write. Of the options the deadline does not count.
    public Batch put(Bytes key, Bytes value, PutOptions options) {
        operations.add(
                new Request.Put(
                        key, value, options.ttlMillis(), options.condition(), options.once()));
        return this;
    }

    public Batch put(String key, String value) {
        return put(Bytes.utf8(key), Bytes.utf8(value), client.options().toPut());
    }

    /// Adds a delete. Of the options the deadline does not count.
    public Batch delete(Bytes key, DeleteOptions options) {
        operations.add(new Request.Delete(key, options.condition(), options.once()));
        return this;
    }

    public Batch delete(String key) {
        return delete(Bytes.utf8(key), client.options().toDelete());
    }

    /// Adds an operation as it is.
    public Batch add(Request.Single operation) {
        operations.add(operation);
        return this;
    }

    /// {@return how many operations it has}
    public int size() {
        return operations.size();
    }

    Request.Batch request() {
        return new Request.Batch(operations);
    }

    Duration deadline() {
        return deadline;
    }

    /// Sends the operations.
    ///
    /// **Errors.** What befalls the batch as a whole is thrown, as [Norikv] says; what befalls one
    /// operation is its answer, and [norikv.domain.NoriException#of] makes it an exception.
    ///
    /// @return one answer an operation, in their order
    public List<Reply> execute() {
        return client.execute(this);
    }
}
