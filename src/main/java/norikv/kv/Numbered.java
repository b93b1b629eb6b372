package norikv.kv;

import norikv.domain.Session;

/// The number of a write in its session, and how many sessions there may be.
record Numbered(Session session, SessionTerms terms) {
    static final Numbered NONE = new Numbered(Session.NONE, SessionTerms.defaults());
}
