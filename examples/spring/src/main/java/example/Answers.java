package example;

import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.context.annotation.Bean;
import org.springframework.kafka.annotation.KafkaListener;
import org.springframework.kafka.config.ConcurrentKafkaListenerContainerFactory;
import org.springframework.kafka.listener.adapter.RecordFilterStrategy;
import org.springframework.messaging.handler.annotation.Header;
import org.springframework.messaging.handler.annotation.SendTo;

/**
 * A backend of OpenClaw Gateway with spring-kafka: the route says {@code headers: spring}, so its records carry the topic and
 * the correlation id that {@code @SendTo} goes by.
 *
 * <pre>mvn spring-boot:run</pre>
 */
@SpringBootApplication
public class Answers {
  public static void main(String[] args) {
    SpringApplication.run(Answers.class, args);
  }

  @KafkaListener(topics = "${example.topic}")
  @SendTo
  String answer(String json, @Header(name = "ce_subject", defaultValue = "stranger") String user) {
    return "{\"hello\":\"" + user + "\",\"you said\":" + json + "}";
  }

  /** Replies keep what the gateway said of the request; without {@code ce_tenant} those of a tenant would reach nobody. */
  @Autowired
  void keepHeaders(ConcurrentKafkaListenerContainerFactory<?, ?> factory) {
    factory.setReplyHeadersConfigurer((name, value) -> name.startsWith("ce_"));
  }

  /** Notices that nobody waits for a request any more are not answered. */
  @Bean
  static RecordFilterStrategy<Object, Object> cancels() {
    return record -> record.headers().lastHeader("ce_cancel") != null;
  }
}
