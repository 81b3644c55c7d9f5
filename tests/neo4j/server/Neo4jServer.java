import java.nio.file.Path;
import org.neo4j.configuration.GraphDatabaseSettings;
import org.neo4j.configuration.connectors.BoltConnector;
import org.neo4j.configuration.connectors.HttpConnector;
import org.neo4j.configuration.helpers.SocketAddress;
import org.neo4j.dbms.api.DatabaseManagementService;
import org.neo4j.dbms.api.DatabaseManagementServiceBuilder;
import org.neo4j.io.ByteUnit;

/**
 * A Neo4j server in one process, for tests: Bolt on loopback, authentication on, small caches.
 *
 * <p>Arguments: the data folder and the port. Prints READY once it answers; ends when its standard input closes, so it
 * does not outlive the test run that started it, however that run ended.
 */
public final class Neo4jServer {
  private Neo4jServer() {}

  public static void main(String[] arguments) throws Exception {
    Path data = Path.of(arguments[0]);
    int port = Integer.parseInt(arguments[1]);
    DatabaseManagementService server =
        new DatabaseManagementServiceBuilder(data)
            .setConfig(GraphDatabaseSettings.auth_enabled, true)
            .setConfig(GraphDatabaseSettings.pagecache_memory, ByteUnit.mebiBytes(64))
            .setConfig(BoltConnector.enabled, true)
            .setConfig(BoltConnector.listen_address, new SocketAddress("127.0.0.1", port))
            .setConfig(BoltConnector.advertised_address, new SocketAddress("127.0.0.1", port))
            .setConfig(HttpConnector.enabled, false)
            .build();
    System.out.println("READY");
    System.out.flush();
    while (System.in.read() >= 0) {
      // nothing is read: only the end of the stream matters
    }
    server.shutdown();
  }
}
