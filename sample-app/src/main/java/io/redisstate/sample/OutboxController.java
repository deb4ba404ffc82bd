package io.redisstate.sample;

import java.util.Map;
import org.springframework.stereotype.Controller;
import org.springframework.ui.Model;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.ResponseBody;

/** The page of the outbox and what its buttons do. */
@Controller
class OutboxController {

    private final Outbox outbox;
    private final MailServer mails;

    OutboxController(Outbox outbox, MailServer mails) {
        this.outbox = outbox;
        this.mails = mails;
    }

    @GetMapping("/outbox")
    String page(Model model) {
        model.addAttribute("view", outbox.view());
        return "outbox";
    }

    @GetMapping("/api/outbox")
    @ResponseBody
    Outbox.View view() {
        return outbox.view();
    }

    @PostMapping("/api/outbox/requeue")
    @ResponseBody
    Map<String, Long> requeueAll() {
        return Map.of("requeued", outbox.requeueAll());
    }

    @PostMapping("/api/outbox/{id}/requeue")
    @ResponseBody
    Map<String, Boolean> requeue(@PathVariable String id) {
        return Map.of("requeued", outbox.requeue(id));
    }

    @PostMapping("/api/outbox/mail-server")
    @ResponseBody
    Outbox.View mailServer(@RequestParam boolean up) {
        mails.setUp(up);
        return outbox.view();
    }
}
