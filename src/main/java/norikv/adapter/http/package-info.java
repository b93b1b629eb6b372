/// The HTTP port: metrics and health, for scrapers, supervisors and people with curl.
///
/// Read [norikv.adapter.http.HttpEndpoint].
package norikv.adapter.http;
