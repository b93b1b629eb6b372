/// JSON, written on one line and read strictly.
///
/// Read [norikv.json.Json], then [norikv.json.JsonReader].
package norikv.json;
