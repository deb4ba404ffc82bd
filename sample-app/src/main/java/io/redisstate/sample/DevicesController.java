package io.redisstate.sample;

import io.redisstate.session.UserActivity;
import io.redisstate.session.UserSession;
import io.redisstate.session.UserSessions;
import jakarta.servlet.http.HttpSession;
import java.security.Principal;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import org.springframework.stereotype.Controller;
import org.springframework.ui.Model;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.servlet.mvc.support.RedirectAttributes;

/** "Your devices": the sessions of the user who is logged in, on whichever instance, and how to end them. */
@Controller
class DevicesController {

    private static final String TO_PAGE = "redirect:/devices";

    private final UserSessions sessions;

    DevicesController(UserSessions sessions) {
        this.sessions = sessions;
    }

    /** A line of the page; never the session's id, which would be the session. */
    record Device(String reference, String browser, String address, Instant since, Instant lastUse, boolean current) {}

    @GetMapping("/devices")
    String page(Principal user, HttpSession session, Model model) {
        model.addAttribute("user", user.getName());
        model.addAttribute(
                "devices",
                sessions.list(user.getName()).stream()
                        .map(one -> device(one, session))
                        .toList());
        model.addAttribute("activity", activity(user));
        return "devices";
    }

    private static Device device(UserSession one, HttpSession current) {
        return new Device(
                one.reference(),
                one.userAgent().isEmpty() ? "unknown browser" : one.userAgent(),
                one.address(),
                one.created().truncatedTo(ChronoUnit.SECONDS),
                one.lastAccess().truncatedTo(ChronoUnit.SECONDS),
                one.id().equals(current.getId()));
    }

    private List<UserActivity> activity(Principal user) {
        return sessions.activity(user.getName());
    }

    @PostMapping("/devices/revoke")
    String revoke(Principal user, @RequestParam String device, RedirectAttributes told) {
        boolean revoked = sessions.revoke(user.getName(), device);
        told.addFlashAttribute(
                "message", revoked ? "That device is logged out." : "That device was logged out already.");
        return TO_PAGE;
    }

    @PostMapping("/devices/revoke-others")
    String revokeOthers(Principal user, HttpSession session, RedirectAttributes told) {
        int revoked = sessions.revokeAllBut(user.getName(), session.getId());
        told.addFlashAttribute(
                "message", revoked + (revoked == 1 ? " other device is" : " other devices are") + " logged out.");
        return TO_PAGE;
    }
}
