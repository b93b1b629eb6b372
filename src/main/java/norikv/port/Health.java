package norikv.port;

import java.util.List;
import norikv.domain.Reply;

/// How the node is, for probes and people. Cheap and never waiting.
public interface Health {
    /// {@return whether this process still makes progress: a supervisor restarts it if not}
    List<Reply.Check> live();

    /// {@return whether requests should be sent here now}
    List<Reply.Check> ready();

    /// {@return whether recovery is over}
    List<Reply.Check> started();
}
