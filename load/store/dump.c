/* SPDX-License-Identifier: Apache-2.0 */
/* Every table in a fixed order, every row in key order: whole numbers bare, texts in quotes, NULL as nothing between
 * commas. Left out: the ledger of runs, and when and by whom an event was written, since they tell circumstances and
 * not content. */
#include "load/store/dump.h"

#include "schemas/run/buf.h"

#include <stdio.h>
#include <string.h>

enum { DUMP_COLUMNS_MAX = 32, SQL_MAX = 2048, FLUSH_AT = 64 << 10, ROW_MAX = 256 << 20 };

static const struct {
    const char *table, *columns, *order;
} tables[] = {
    {"store", "item,value", "item"},
    {"edition", "edition,digest,id,revision,campaign", "edition"},
    {"edition_file", "edition,path,content", "edition,path"},
    {"package", "package,campaign,name,content_digest,as_of,edition,register_digest,decisions_digest,archives,controls",
     "package"},
    {"frame", "frame,campaign,unit,digest,scope,size_unscaled,size_scale,region,departement,carrier,successor",
     "frame"},
    {"frame_value", "frame,position,attribute,value", "frame,position"},
    {"judgement",
     "judgement,campaign,unit,digest,outcome,record,received_at,late,verdict,fatal,error,warning,information,not_"
     "evaluable,core_answered,core_asked,items_answered,"
     "items_asked",
     "judgement"},
    {"document",
     "judgement,position,received_at,record,archive,source,raw_digest,content_digest,bytes,campaign,number,nature,"
     "stamp,software,state,verdict,reason,related,fatal,"
     "error,warning,information",
     "judgement,position"},
    {"cell", "cell,variable,category,harmonised", "cell"},
    {"mark", "mark,obs_status,silence,origin", "mark"},
    {"observation", "judgement,cell,mark,unscaled,scale,text,previous_unscaled,previous_scale,previous_text,raw,line",
     "judgement,cell"},
    {"finding",
     "judgement,position,record,seq,stage,level,rule,severity,outcome,variable,category,path,line,col,value,expected,"
     "message_fr,message_en",
     "judgement,position"},
    {"vintage", "vintage,campaign,number,package,method,method_digest,parameters,program,libraries,estimable,note",
     "vintage"},
    {"event", "event,vintage,status,note", "event"},
    {"vintage_unit", "vintage,unit,frame,judgement", "vintage,unit"},
    {"response_group", "vintage,response_group,units,respondents,size_from,size_to,weight,classes",
     "vintage,response_group"},
    {"weight", "vintage,unit,response_group,design,weight", "vintage,unit"},
    {"step", "vintage,position,step,text_fr,text_en", "vintage,position"},
    {"imputation", "vintage,unit,variable,category,value,rule,level", "vintage,unit,variable,category"},
    {"figure",
     "vintage,position,figure,domain,area,status,observed,estimated,variance,cv,lower_bound,upper_bound,df,base,units,"
     "coverage,rank,observed_rank,tied,share,"
     "observed_share,imputed",
     "vintage,figure,domain,area"},
    {"fetched", "campaign,position,unit,source,outcome,class,attempts,status,at,record,message", "campaign,position"},
};

/* Columns that hold whole numbers; all others hold text. */
static const char numbers[] =
    ",edition,revision,package,frame,size_unscaled,size_scale,position,judgement,late,verdict,fatal,error,warning,"
    "information,not_evaluable,"
    "core_answered,core_asked,items_answered,items_asked,bytes,cell,mark,unscaled,scale,previous_unscaled,previous_"
    "scale,line,seq,col,"
    "vintage,estimable,event,response_group,units,respondents,classes,df,base,rank,observed_rank,tied,attempts,";

/* `level` and `number` are text in one table and a number in another. */
static int is_number(const char *table, const char *column, size_t n)
{
    char key[64];
    if (n == 5 && memcmp(column, "level", 5) == 0) {
        return strcmp(table, "finding") == 0;
    }
    if (n == 6 && memcmp(column, "number", 6) == 0) {
        return strcmp(table, "vintage") == 0;
    }
    snprintf(key, sizeof key, ",%.*s,", (int)n, column);
    return strstr(numbers, key) != NULL;
}

static enum flow put_quoted(struct buf *b, const char *s, struct err *e)
{
    enum flow f = buf_putc(b, '"', e);
    for (const char *q; f == FLOW_OK && (q = strchr(s, '"')) != NULL; s = q + 1) {
        f = buf_put(b, s, (size_t)(q - s + 1), e);
        if (f == FLOW_OK) {
            f = buf_putc(b, '"', e);
        }
    }
    if (f == FLOW_OK) {
        f = buf_puts(b, s, e);
    }
    return f == FLOW_OK ? buf_putc(b, '"', e) : f;
}

static enum flow put_row(struct buf *b, const struct db_query *q, const unsigned char *number, int columns,
                         struct err *e)
{
    enum flow f = FLOW_OK;
    for (int c = 0; c < columns && f == FLOW_OK; c++) {
        if (c > 0 && (f = buf_putc(b, ',', e)) != FLOW_OK) {
            break;
        }
        if (!db_null(q, c)) {
            f = number[c] ? buf_printf(b, e, "%lld", (long long)db_int(q, c)) : put_quoted(b, db_text(q, c), e);
        }
    }
    return f == FLOW_OK ? buf_putc(b, '\n', e) : f;
}

static enum flow flush(struct buf *b, struct sink out, struct err *e)
{
    enum flow f = b->len > 0 ? sink_write(out, b->data, b->len, e) : FLOW_OK;
    buf_reset(b);
    return f;
}

static enum flow dump_rows(struct db_query *q, const unsigned char *number, int columns, struct buf *b, struct sink out,
                           struct err *e)
{
    enum flow f;
    while ((f = db_next(q, e)) == FLOW_OK) {
        f = put_row(b, q, number, columns, e);
        if (f == FLOW_OK && b->len >= FLUSH_AT) {
            f = flush(b, out, e);
        }
        if (f != FLOW_OK) {
            return f;
        }
    }
    return f == FLOW_END ? FLOW_OK : f;
}

static enum flow dump_table(struct db *db, size_t t, struct buf *b, struct sink out, struct err *e)
{
    char sql[SQL_MAX];
    unsigned char number[DUMP_COLUMNS_MAX] = {0};
    int columns = 0;
    for (const char *c = tables[t].columns; *c != '\0' && columns < DUMP_COLUMNS_MAX; columns++) {
        size_t n = strcspn(c, ",");
        number[columns] = (unsigned char)is_number(tables[t].table, c, n);
        c += n + (c[n] == ',');
    }
    enum flow f = buf_printf(b, e, "\n[%s]\n%s\n", tables[t].table, tables[t].columns);
    snprintf(sql, sizeof sql, "SELECT %s FROM %s ORDER BY %s", tables[t].columns, tables[t].table, tables[t].order);
    struct db_query *q = f == FLOW_OK ? db_select(db, sql, DB_NO_ARGS, e) : NULL;
    if (q == NULL) {
        return FLOW_FATAL;
    }
    f = dump_rows(q, number, columns, b, out, e);
    db_query_close(q);
    return f;
}

enum flow dump_store(struct db *db, struct sink out, struct err *e)
{
    struct buf b;
    buf_init(&b, ROW_MAX);
    enum flow f = buf_puts(&b, DUMP_BEGINS "1, internal: not for publication\n", e);
    for (size_t t = 0; t < sizeof tables / sizeof *tables && f == FLOW_OK; t++) {
        f = dump_table(db, t, &b, out, e);
    }
    if (f == FLOW_OK) {
        f = flush(&b, out, e);
    }
    buf_fini(&b);
    return f == FLOW_OK ? FLOW_OK : err_prefix(e, "dump");
}
