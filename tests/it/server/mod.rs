mod reads;
