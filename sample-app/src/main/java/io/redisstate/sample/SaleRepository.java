package io.redisstate.sample;

import java.util.List;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Repository;

/** The sale in the database of record. */
@Repository
class SaleRepository {

    static final long FLASH_SALE = 1;

    private final JdbcClient database;

    SaleRepository(JdbcClient database) {
        this.database = database;
    }

    /** How many seats there are and how many are sold, as the counter says. */
    record Seats(int total, int sold) {}

    /** A sold seat. */
    record Ticket(int seat, String client) {}

    Seats seats(long sale) {
        return database.sql("select total, sold from sale where id = :id")
                .param("id", sale)
                .query((row, n) -> new Seats(row.getInt("total"), row.getInt("sold")))
                .single();
    }

    void setSold(long sale, int sold) {
        database.sql("update sale set sold = :sold where id = :id")
                .param("sold", sold)
                .param("id", sale)
                .update();
    }

    void addTicket(long sale, Ticket ticket) {
        database.sql("insert into ticket (sale_id, seat, client) values (:sale, :seat, :client)")
                .param("sale", sale)
                .param("seat", ticket.seat())
                .param("client", ticket.client())
                .update();
    }

    /** The tickets that were really given out, whatever the counter says. */
    List<Ticket> tickets(long sale) {
        return database.sql("select seat, client from ticket where sale_id = :sale order by id")
                .param("sale", sale)
                .query((row, n) -> new Ticket(row.getInt("seat"), row.getString("client")))
                .list();
    }

    void reset(long sale) {
        database.sql("delete from ticket where sale_id = :sale")
                .param("sale", sale)
                .update();
        setSold(sale, 0);
    }
}
